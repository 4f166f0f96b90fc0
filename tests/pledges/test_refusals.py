"""What cannot be pledged: a clear page, and nothing written."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Pledge, PledgeEvent
from fundsite.rewards.models import Reward
from support.databases import on_sqlite
from support.factories import BACKER, confirmed, pledged
from support.site import hidden_fields, session_id_of

CONFIRM = "/c/ie/pledge/confirm"


@pytest.fixture
def untouched(site):
    """Hold that after the test nothing was written: no pledge, no event, no mail, no stock, no figure."""
    yield
    for model in (Pledge, PledgeEvent, OutboxMail):
        assert site.one(select(func.count()).select_from(model)) == 0
    assert site.one(select(func.coalesce(func.sum(Reward.claimed), 0))) == 0
    assert site.one(select(func.coalesce(func.sum(Campaign.raised), 0))) == 0


def refused(reply, status, *said):
    assert reply.status_code == status, reply.text
    assert "お支払いは行われていません" in reply.text
    for words in said:
        assert words in reply.text
    assert "Traceback" not in reply.text
    return True


NOW = clock.now()
CLOSED = {
    "not yet open": {"starts_at": NOW + timedelta(days=1), "ends_at": NOW + timedelta(days=9)},
    "ended": {"starts_at": NOW - timedelta(days=9), "ends_at": NOW - timedelta(seconds=1)},
}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("closed", CLOSED)
@on_sqlite
def test_a_campaign_that_takes_no_pledges_says_so(site, make, closed):
    make.reward(make.campaign())
    browser = site.browser()
    hidden = confirmed(browser)
    site.change(update(Campaign).values(**CLOSED[closed]))
    for reply in (
        browser.get("/c/ie/pledge?reward=A"),
        browser.post("/c/ie/pledge?reward=A", data=hidden),
        browser.post(CONFIRM, data=hidden),
    ):
        assert refused(reply, 409, "ただいま受け付けていません")


@pytest.mark.usefixtures("untouched")
@on_sqlite
def test_a_campaign_that_ends_between_the_page_and_the_order_takes_none(site, make, monkeypatch):
    make.reward(make.campaign())
    browser = site.browser()
    hidden = confirmed(browser)
    site.change(update(Campaign).values(**CLOSED["ended"]))
    monkeypatch.setattr("fundsite.pledges.views.is_open", lambda *_: True)  # as it was a moment ago
    assert refused(browser.post(CONFIRM, data=hidden), 409, "ただいま受け付けていません")


@pytest.mark.usefixtures("untouched")
@on_sqlite
def test_an_unknown_reward_is_a_page_that_offers_the_others(site, make):
    make.reward(make.campaign(), title="お礼状")
    browser = site.browser()
    hidden = confirmed(browser)
    for code in ("Z", "a", "A ", "%00", "A'--", "９"):
        assert refused(browser.get("/c/ie/pledge", query_string={"reward": code}), 404, "見つかりません", "お礼状")
    assert refused(browser.post(CONFIRM, data={**hidden, "reward": "Z"}), 404, "お礼状")


@pytest.mark.usefixtures("untouched")
@on_sqlite
def test_an_unknown_campaign_is_not_found(site, make):
    make.reward(make.campaign())
    hidden = confirmed(browser := site.browser())
    assert browser.get("/c/nowhere/pledge?reward=A").status_code == 404
    assert browser.post("/c/nowhere/pledge/confirm", data=hidden).status_code == 404


@pytest.mark.usefixtures("untouched")
def test_a_reward_whose_price_changed_meanwhile_is_confirmed_anew(site, make):
    make.reward(make.campaign(), amount=3_000)
    browser = site.browser()
    hidden = confirmed(browser)
    site.change(update(Reward).values(amount=4_000))
    assert refused(browser.post(CONFIRM, data=hidden), 409, "内容が変わりました")


@pytest.mark.usefixtures("untouched")
@on_sqlite
@pytest.mark.parametrize("total", ["1", "0", "-3000", "", "3000.0", "３０００円", "9" * 5000, "NaN", "\x00"])
def test_a_tampered_total_is_refused(site, make, total):
    make.reward(make.campaign(), amount=3_000)
    browser = site.browser()
    assert refused(browser.post(CONFIRM, data={**confirmed(browser), "total": total}), 409)


@pytest.mark.usefixtures("untouched")
@on_sqlite
def test_a_tampered_quantity_or_amount_is_a_wrong_form(site, make):
    make.reward(make.campaign(), amount=3_000)
    browser = site.browser()
    hidden = confirmed(browser)
    for name, value in (("quantity", "-1"), ("quantity", "0"), ("extra", "-2999"), ("extra", "1e9")):
        assert browser.post(CONFIRM, data={**hidden, name: value}).status_code == 422


@pytest.mark.usefixtures("untouched")
@on_sqlite
@pytest.mark.parametrize("attempt", ["", "short", "x" * 65, "x" * 30 + "\x00", "x" * 30 + "\n", "あ" * 30])
def test_an_attempt_of_ones_own_invention_is_a_wrong_form(site, make, attempt):
    make.reward(make.campaign())
    browser = site.browser()
    assert browser.post(CONFIRM, data={**confirmed(browser), "attempt": attempt}).status_code == 422


@pytest.mark.usefixtures("untouched")
@on_sqlite
def test_without_its_csrf_token_a_form_is_not_taken(site, make):
    make.reward(make.campaign())
    browser = site.browser()
    hidden = confirmed(browser)
    for token in ({}, {"csrf_token": "forged"}):
        sent = {name: value for name, value in hidden.items() if name != "csrf_token"} | token
        for address in ("/c/ie/pledge?reward=A", CONFIRM):
            reply = browser.post(address, data=sent)
            assert reply.status_code == 400
            assert "有効期限が切れました" in reply.text
    assert site.browser().post(CONFIRM, data=hidden).status_code == 400, "a token is good in its own browser alone"


@on_sqlite
def test_private_pages_want_their_csrf_token_too(site, make):
    make.reward(make.campaign())
    browser = site.browser()
    session_id_of(pledged(browser))
    room = site.session(site.one(select(Pledge.checkout_session_id)))["cancel_url"].removeprefix("http://localhost")
    for page in ("resume", "give-up", ""):
        assert browser.post(room.removesuffix("left") + page, data={"display_name": "x"}).status_code == 400
    assert site.one(select(Pledge.status)) == "pending"


def test_sold_out_meanwhile_is_said_with_what_is_left(site, make):
    campaign = make.campaign()
    make.reward(campaign, "A", title="先着のお礼", stock=1)
    make.reward(campaign, "B", title="まだあるお礼")
    slow, quick = site.browser(), site.browser()
    hidden = confirmed(slow)
    session_id_of(pledged(quick))
    reply = slow.post(CONFIRM, data=hidden)
    assert refused(reply, 409, "在庫がなくなりました", "まだあるお礼")
    assert "先着のお礼" not in reply.text
    assert refused(slow.get("/c/ie/pledge?reward=A"), 409, "まだあるお礼")
    assert site.one(select(func.count(Pledge.id))) == 1
    assert site.check() == []


def test_more_than_is_left_is_refused_whole(site, make):
    make.reward(make.campaign(), stock=3)
    session_id_of(pledged(site.browser(), quantity="2"))
    browser = site.browser()
    reply = browser.post(CONFIRM, data=confirmed(browser, quantity="2"))
    assert refused(reply, 409)
    assert site.one(select(Reward.claimed)) == 2
    session_id_of(pledged(site.browser(), quantity="1"))
    assert site.one(select(Reward.claimed)) == 3


def test_nobody_takes_more_of_a_reward_than_one_person_may(site, make):
    make.reward(make.campaign(), stock=50, per_backer=2)
    session_id_of(pledged(site.browser(), quantity="1"))
    browser = site.browser()
    reply = browser.post(CONFIRM, data=confirmed(browser, quantity="2", email="HANAKO@example.jp"))
    assert refused(reply, 409, "お一人さま2点まで")
    assert site.one(select(Reward.claimed)) == 1
    session_id_of(pledged(site.browser(), quantity="1"))
    session_id_of(pledged(site.browser(), quantity="2", email="taro@example.jp"))
    assert site.one(select(Reward.claimed)) == 4


@on_sqlite
def test_what_ended_unpaid_does_not_count_against_a_person(site, make):
    make.reward(make.campaign(), per_backer=1)
    site.expire(session_id_of(pledged(site.browser())))
    site.work()
    session_id_of(pledged(site.browser()))


@pytest.mark.usefixtures("untouched")
@on_sqlite
def test_a_form_too_large_is_refused_before_it_is_read(site, make):
    make.reward(make.campaign())
    browser = site.browser()
    form = hidden_fields(browser.get("/c/ie/pledge?reward=A").text)
    reply = browser.post("/c/ie/pledge?reward=A", data={**form, **BACKER, "comment": "あ" * 500_000})
    assert reply.status_code == 413
