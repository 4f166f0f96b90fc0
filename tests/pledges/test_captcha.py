"""A site may ask a service whether a visitor is no program before Stripe is asked; it is off unless it is set up."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from fundsite import captcha
from fundsite.app import create_app
from fundsite.db import db
from fundsite.ping import ping_lines
from fundsite.pledges.models import Pledge
from fundsite.settings import CaptchaSettings
from support.databases import on_sqlite
from support.doorman import SECRET, Doorman
from support.factories import confirmed, filled
from support.ports import free_port
from support.site import TestSite, hidden_fields, session_id_of

CONFIRM = "/c/ie/pledge/confirm"
FIELD = "cf-turnstile-response"
NOT_YET = "お申し込みはまだ受け付けていません"
PLEDGES = select(func.count(Pledge.id))

pytestmark = on_sqlite


@pytest.fixture
def doorman():
    with Doorman() as standing:
        yield standing


@pytest.fixture
def asking(site, make, doorman):
    """Makes the same site with a service at its door."""
    made = []
    make.reward(make.campaign(), stock=3)

    def with_service(name="turnstile", secret=SECRET):
        keys = CaptchaSettings(name, "site-key-of-ours", secret)
        app = create_app(replace(site.app.extensions["fundsite.settings"], captcha=keys))
        asked = app.extensions["fundsite.captcha"]
        service = replace(asked.service, verify_url=doorman.url)
        app.extensions["fundsite.captcha"] = replace(asked, service=service)
        made.append(TestSite(app, site.stripe_url, site.letterbox, site.secret))
        return made[-1]

    yield with_service
    for running in made:
        running.close()


def confirm(browser, hidden, proof="", field=FIELD):
    return browser.post(CONFIRM, data={**hidden, field: proof})


def policy_of(reply):
    return dict(part.split(" ", 1) for part in reply.headers["Content-Security-Policy"].split("; "))


def test_without_the_setting_no_page_asks_and_no_page_may_load_anything_foreign(site, make):
    make.reward(make.campaign())
    browser = site.browser()
    shown = filled(browser)
    assert "captcha" not in shown.text
    assert "turnstile" not in shown.text
    assert "frame-src" not in policy_of(shown)
    assert policy_of(shown)["script-src"] == "'self'"
    assert session_id_of(browser.post(CONFIRM, data=hidden_fields(shown.text)))


def test_a_good_proof_leads_to_stripe_and_says_nothing_of_the_visitor_to_the_service(asking, doorman):
    site = asking()
    doorman.good.add("good")
    browser = site.browser()
    assert session_id_of(confirm(browser, confirmed(browser), "good"))
    assert doorman.asked == [{"secret": [SECRET], "response": ["good"]}]


@pytest.mark.parametrize("proof", ["", "forged", "x" * 20_000])
def test_without_a_good_proof_nothing_is_taken_and_the_supporter_can_try_again(asking, doorman, proof):
    site = asking()
    browser = site.browser()
    reply = confirm(browser, confirmed(browser), proof)
    assert reply.status_code == 422
    assert NOT_YET in reply.text
    assert "お支払いは行われていません" in reply.text
    assert site.one(PLEDGES) == 0
    doorman.good.add("better")
    assert session_id_of(confirm(browser, hidden_fields(reply.text), "better"))
    assert site.one(select(Pledge.name)) == "髙橋 花子"


def test_a_proof_is_asked_for_the_pledge_not_for_looking_at_what_was_typed_again(asking, doorman):
    site = asking()
    browser = site.browser()
    hidden = confirmed(browser)
    reply = browser.post(CONFIRM, data={**hidden, "edit": "1"})
    assert reply.status_code == 200
    assert 'name="email"' in reply.text
    assert browser.post(CONFIRM, data={**hidden, "email": "nobody"}).status_code == 422
    assert doorman.asked == []


def test_the_same_order_confirmed_twice_needs_one_proof_and_another_order_its_own(asking, doorman):
    site = asking()
    doorman.good |= {"first", "second"}
    browser = site.browser()
    hidden = confirmed(browser)
    first, again = (session_id_of(confirm(browser, hidden, "first")) for _ in range(2))
    assert first == again
    changed = confirmed(browser, extra="500")
    assert changed["attempt"] == hidden["attempt"]
    assert confirm(browser, changed, "first").status_code == 422
    assert session_id_of(confirm(browser, changed, "second")) != first
    assert site.check() == []


def test_of_two_confirmations_at_once_the_one_whose_proof_is_spent_finds_the_other_ones_pledge(asking, doorman):
    site = asking()
    doorman.good.add("only")
    browser = site.browser()
    hidden = confirmed(browser)
    kept, held = doorman.judged, []

    def judged(asked):
        verdict = kept(asked)
        if not held:  # while the first waits for its answer, the second is through
            held.append(verdict)
            doorman.good.add("only")
            held.append(session_id_of(confirm(browser, hidden, "only")))
            return {"success": False, "error-codes": ["timeout-or-duplicate"]}
        return verdict

    doorman.judged = judged
    assert session_id_of(confirm(browser, hidden, "only")) == held[1]
    assert site.one(PLEDGES) == 1


def test_no_connection_to_the_database_is_held_while_the_service_is_asked(asking, doorman):
    site = asking()
    known, held = doorman.judged, []

    def judged(asked):
        with site.inside():
            held.append(db.engine.pool.checkedout())
        return known(asked)

    doorman.judged = judged
    browser = site.browser()
    confirm(browser, confirmed(browser), "any")
    assert held == [0]


@pytest.mark.parametrize(
    "says",
    [
        (503, ""),
        (429, "{}"),
        (200, "<p>Sorry</p>"),
        (200, "[]"),
        (200, "{}"),
        (200, '{"success": false, "error-codes": ["internal-error"]}'),
    ],
)
def test_where_the_service_is_away_supporters_pass_with_or_without_a_proof(asking, doorman, says):
    site = asking()
    doorman.says = says
    for proof in ("", "any"):
        browser = site.browser()
        assert session_id_of(confirm(browser, confirmed(browser), proof))
    assert len(doorman.asked) == 2


def test_a_service_that_nobody_reaches_keeps_no_supporter_out(asking, doorman):
    site = asking()
    known = site.app.extensions["fundsite.captcha"]
    nowhere = replace(known.service, verify_url=f"http://127.0.0.1:{free_port()}/siteverify")
    site.app.extensions["fundsite.captcha"] = replace(known, service=nowhere)
    browser = site.browser()
    assert session_id_of(confirm(browser, confirmed(browser), "any"))


def test_a_service_that_does_not_answer_is_not_waited_for(asking, doorman, monkeypatch):
    monkeypatch.setattr(captcha, "TIMEOUT_SECONDS", 0.1)
    site = asking()
    doorman.answers.clear()
    browser = site.browser()
    assert session_id_of(confirm(browser, confirmed(browser), "any"))


@pytest.mark.parametrize(
    "says", [(400, '{"success": false, "error-codes": ["bad-request"]}'), (200, '{"success": false}')]
)
def test_what_the_service_refuses_is_refused_however_it_says_so(asking, doorman, says):
    site = asking()
    doorman.says = says
    browser = site.browser()
    assert confirm(browser, confirmed(browser), "any").status_code == 422
    assert site.one(PLEDGES) == 0


def test_a_wrong_secret_keeps_no_supporter_out_and_ping_names_it(asking):
    site = asking(secret="mistyped")
    browser = site.browser()
    assert session_id_of(confirm(browser, confirmed(browser), "any"))
    assert (False, "captcha: invalid-input-secret") in list(ping_lines(site.app))


def test_ping_says_that_the_secret_is_accepted_or_that_nobody_answers(asking, doorman):
    site = asking()
    assert (True, "captcha: the secret is accepted") in list(ping_lines(site.app))
    doorman.says = (500, "")
    assert (False, "captcha: status 500") in list(ping_lines(site.app))


@pytest.mark.parametrize(
    ("name", "css_class", "script", "hosts"),
    [
        (
            "turnstile",
            "cf-turnstile",
            "https://challenges.cloudflare.com/turnstile/v0/api.js",
            "https://challenges.cloudflare.com",
        ),
        (
            "hcaptcha",
            "h-captcha",
            "https://js.hcaptcha.com/1/api.js?hl=ja",
            "https://hcaptcha.com https://*.hcaptcha.com",
        ),
    ],
)
def test_only_the_last_page_before_stripe_shows_the_service_and_may_load_it(asking, name, css_class, script, hosts):
    site = asking(name)
    browser = site.browser()
    shown = filled(browser)
    assert f'class="captcha {css_class}"' in shown.text
    assert 'data-sitekey="site-key-of-ours"' in shown.text
    assert f'src="{script}"' in shown.text
    policy = policy_of(shown)
    assert policy["script-src"] == f"'self' {hosts}"
    assert policy["frame-src"] == hosts
    assert policy["style-src"] == ("'self'" if name == "turnstile" else f"'self' {hosts}")
    for other in (browser.get("/c/ie/pledge?reward=A"), browser.get("/c/ie/"), filled(browser, email="nobody")):
        assert "captcha" not in other.text
        assert hosts not in other.headers["Content-Security-Policy"]


def test_each_service_is_asked_for_what_its_own_field_holds(asking, doorman):
    site = asking("hcaptcha")
    doorman.good.add("good")
    browser = site.browser()
    hidden = confirmed(browser)
    assert confirm(browser, hidden, "good").status_code == 422
    assert session_id_of(confirm(browser, hidden, "good", "h-captcha-response"))


def test_without_javascript_the_page_says_what_to_do(asking):
    shown = filled(asking().browser()).text
    inside = shown.partition("<noscript>")[2].partition("</noscript>")[0]
    assert "この確認にはJavaScriptが必要です" in inside
