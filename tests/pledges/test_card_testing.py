"""Programs that try stolen cards are slowed down; supporters do not meet what slows them."""

from dataclasses import replace

import pytest
from limits.storage import MemoryStorage

from fundsite.app import create_app
from fundsite.limits import limiter
from support.databases import on_sqlite
from support.factories import confirmed
from support.site import TestSite, hidden_fields

CONFIRM = "/c/ie/pledge/confirm"
WAIT = "少し時間をおいて、もう一度お試しください"
NOT_CHARGED = "お支払いは行われていません"

pytestmark = on_sqlite


@pytest.fixture
def guarded(site, make):
    """The same site with its limits on."""
    app = create_app(replace(site.app.extensions["fundsite.settings"], rate_limits=True))
    app.jinja_env.bytecode_cache = site.app.jinja_env.bytecode_cache
    running = TestSite(app, site.stripe_url, site.letterbox, site.secret)
    make.reward(make.campaign())
    with app.app_context():
        limiter.reset()
    yield running
    with app.app_context():
        limiter.reset()
    running.close()
    limiter.enabled = False


def edit(browser, hidden, number=1, **typed):
    """Send the confirmation back to be changed: it counts, and makes no pledge."""
    from_there = {"REMOTE_ADDR": f"198.51.{number // 250}.{number % 250 + 1}"}
    return browser.post(CONFIRM, data={**hidden, **typed, "edit": "1"}, environ_base=from_there)


def test_one_browser_cannot_confirm_without_end_from_whatever_address_for_whatever_mail(guarded):
    browser = guarded.browser()
    hidden = confirmed(browser)
    replies = [edit(browser, hidden, n, email=f"someone{n}@example.jp") for n in range(31)]
    assert [reply.status_code for reply in replies] == [200] * 30 + [429]
    assert WAIT in replies[-1].text
    assert NOT_CHARGED in replies[-1].text
    assert edit(guarded.browser(), hidden).status_code == 400  # nor without a session of its own
    other = guarded.browser()
    assert edit(other, confirmed(other)).status_code == 200


def test_one_mail_address_cannot_be_confirmed_without_end_however_it_is_written(guarded):
    written = ["Hanako@example.jp", " hanako@EXAMPLE.jp ", "ｈanako@example.jp"]
    codes = []
    for n in range(31):
        browser = guarded.browser()
        codes.append(edit(browser, confirmed(browser), n, email=written[n % 3]).status_code)
    assert codes == [200] * 30 + [429]


def test_one_network_address_cannot_confirm_without_end(guarded):
    codes = []
    for n in range(4):
        browser = guarded.browser()
        hidden = confirmed(browser, email=f"a{n}@example.jp")
        codes += [edit(browser, hidden, email=f"a{n}@example.jp").status_code for _ in range(20)]
    assert (codes[:60], codes[60]) == ([200] * 60, 429)


def test_who_is_counted_stands_nowhere_in_clear(guarded):
    browser = guarded.browser()
    edit(browser, confirmed(browser), email="hanako@example.jp")
    assert isinstance(limiter.storage, MemoryStorage)
    kept = str(dict(limiter.storage.events)) + str(dict(limiter.storage.storage))
    assert "pledges.confirm" in kept
    for said in ("hanako", "example.jp", "198.51", "127.0.0.1"):
        assert said not in kept


def test_a_limit_at_the_door_of_the_staff_room_says_nothing_of_payments(guarded):
    browser = guarded.browser()
    hidden = hidden_fields(browser.get("/staff/sign-in").text)
    replies = [browser.post("/staff/sign-in", data=hidden) for _ in range(21)]
    assert replies[-1].status_code == 429
    assert WAIT in replies[-1].text
    assert "支払い" not in replies[-1].text
