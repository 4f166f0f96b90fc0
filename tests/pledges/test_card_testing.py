"""Programs that try stolen cards are slowed down; supporters do not meet what slows them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from limits.storage import MemoryStorage
from sqlalchemy import func, select, update

from fundsite import clock
from fundsite.app import create_app
from fundsite.limits import OPEN_AT_AN_ADDRESS, OPEN_IN_A_BROWSER, limiter
from fundsite.pledges.checkout_models import OpenCheckout
from fundsite.pledges.models import Pledge
from support.databases import on_sqlite
from support.factories import confirmed
from support.site import TestSite, hidden_fields, session_id_of

CONFIRM = "/c/ie/pledge/confirm"
WAIT = "少し時間をおいて、もう一度お試しください"
NOT_CHARGED = "お支払いは行われていません"

pytestmark = on_sqlite


@pytest.fixture
def guarded(site, make):
    """The same site with its limits on."""
    app = create_app(replace(site.app.extensions["fundsite.settings"], rate_limits=True))
    running = TestSite(app, site.stripe_url, site.letterbox, site.secret)
    make.known = make.campaign()
    make.reward(make.known)
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
    replies = [edit(browser, hidden, n, email=f"someone{n}@example.jp") for n in range(61)]
    assert [reply.status_code for reply in replies] == [200] * 60 + [429]
    assert WAIT in replies[-1].text
    assert NOT_CHARGED in replies[-1].text
    assert edit(guarded.browser(), hidden).status_code == 400  # nor without a session of its own
    other = guarded.browser()
    assert edit(other, confirmed(other)).status_code == 200


def test_one_mail_address_cannot_be_confirmed_without_end_however_it_is_written(guarded):
    written = ["Hanako@example.jp", " hanako@EXAMPLE.jp ", "ｈanako@example.jp"]
    codes = []
    for n in range(41):
        browser = guarded.browser()
        codes.append(edit(browser, confirmed(browser), n, email=written[n % 3]).status_code)
    assert codes == [200] * 40 + [429]


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


def started(guarded, make, count, *, browser=None, address="198.51.100.7"):
    """Take as many pledges to checkout, each for a reward of its own; return browsers and replies."""
    browsers, replies = [], []
    for _ in range(count):
        code = f"R{next(make.numbers)}"
        make.reward(make.known, code)
        browsers.append(browser or guarded.browser())
        hidden = confirmed(browsers[-1], code=code, email=f"{code}@example.jp")
        replies.append(browsers[-1].post(CONFIRM, data=hidden, environ_base={"REMOTE_ADDR": address}))
    return browsers, replies


def test_a_browser_with_many_pledges_at_checkout_is_offered_to_go_on_or_give_one_up(guarded, make):
    browser = guarded.browser()
    for number in range(OPEN_IN_A_BROWSER):
        _, replies = started(guarded, make, 1, browser=browser, address=f"198.51.100.{number}")
    assert session_id_of(replies[0])
    _, (reply,) = started(guarded, make, 1, browser=browser, address="198.51.100.99")
    assert reply.status_code == 429
    assert NOT_CHARGED in reply.text
    assert reply.text.count("/resume") == OPEN_IN_A_BROWSER
    assert guarded.one(select(func.count(Pledge.id))) == OPEN_IN_A_BROWSER
    leave = re.search(r'action="(/pledges/[^"]+/give-up)"', reply.text)
    assert leave, reply.text
    token = hidden_fields(reply.text)["csrf_token"]
    assert browser.post(leave[1], data={"csrf_token": token}).status_code == 303
    _, (reply,) = started(guarded, make, 1, browser=browser)
    assert session_id_of(reply)
    assert guarded.check() == []


def test_an_address_with_many_pledges_at_checkout_waits_and_sees_nothing_of_others(guarded, make):
    _, replies = started(guarded, make, OPEN_AT_AN_ADDRESS + 1)
    assert [reply.status_code for reply in replies] == [303] * OPEN_AT_AN_ADDRESS + [429]
    assert "/resume" not in replies[-1].text
    assert "/pledges/" not in replies[-1].text
    _, (reply,) = started(guarded, make, 1, address="198.51.100.8")
    assert session_id_of(reply)


def test_what_is_paid_or_over_is_not_counted_and_an_hour_later_nobody_is_remembered(guarded, make):
    browser = guarded.browser()
    started(guarded, make, OPEN_IN_A_BROWSER, browser=browser)
    guarded.change(update(Pledge).where(Pledge.id == 1).values(status="expired", counted=False))
    assert session_id_of(started(guarded, make, 1, browser=browser)[1][0])
    kept = guarded.rows(select(OpenCheckout.visitor))
    assert len(kept) == 2 * (OPEN_IN_A_BROWSER + 1)
    assert "198.51" not in str(kept)
    guarded.change(update(OpenCheckout).values(opened_at=clock.now() - timedelta(minutes=61)))
    guarded.work()
    assert guarded.rows(select(OpenCheckout.visitor)) == []


def test_the_same_confirmation_twice_leads_to_the_same_checkout_even_at_the_limit(guarded, make):
    browser = guarded.browser()
    started(guarded, make, 4, browser=browser)
    hidden = confirmed(browser)
    first, second = (browser.post(CONFIRM, data=hidden) for _ in range(2))
    assert session_id_of(first) == session_id_of(second)
