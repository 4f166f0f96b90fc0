"""Paying later, at a convenience store or by transfer: from the code to the money, or to the end of the code."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import func, select, update

from fundsite import clock
from fundsite.books.models import LedgerEntry
from fundsite.campaigns.models import Campaign
from fundsite.errors import SettingsError
from fundsite.mail import OutboxMail
from fundsite.payments.gateway import GatewayUnavailable
from fundsite.pledges import vouchers
from fundsite.pledges.methods import days_to_pay, remind_at
from fundsite.pledges.models import Payment, Pledge, PledgeEvent
from fundsite.pledges.reconcile import reconcile
from fundsite.pledges.statement import apply_payment
from fundsite.pledges.sweep import sweep
from fundsite.rewards.models import Reward
from fundsite.settings import from_environment
from support.databases import on_sqlite
from support.factories import filled, pledged
from support.races import at_once
from support.site import hidden_fields, session_id_of

JST = ZoneInfo("Asia/Tokyo")
MAIL = "hanako@example.jp"
NOTHING = {"match": "*", "status": 503}


@pytest.fixture
def open_site(site):
    """A site on which every way to pay is switched on."""
    settings = site.app.extensions["fundsite.settings"]
    site.app.extensions["fundsite.settings"] = replace(settings, payment_methods=("card", "konbini", "bank"))
    return site


@pytest.fixture
def campaign(make):
    return make.campaign()


def chosen(site, method="konbini", **typed):
    """Pledge, and choose to pay later; nothing is delivered by itself. Return the session's id."""
    session_id = session_id_of(pledged(site.browser(), **typed))
    site.stripe(f"sessions/{session_id}/pay", {"method": method})
    return session_id


def events(site, object_id, kind):
    return [event for event in site.events_about(object_id) if event["type"] == kind]


def deliver(site, object_id, kind, times=1):
    (event,) = events(site, object_id, kind)
    for _ in range(times):
        assert site.deliver(event).status_code == 200


def waiting(site, method="konbini", **typed):
    session_id = chosen(site, method, **typed)
    deliver(site, session_id, "checkout.session.completed")
    return session_id


def status(site):
    return site.one(select(Pledge.status))


def stock(site):
    return tuple(site.one(select(Reward.claimed, Reward.pledged)))


def letters(site, kind):
    return site.one(select(func.count(OutboxMail.id)).where(OutboxMail.kind == kind))


def intent_of(site):
    return site.one(select(Payment.intent_id))


def room_of(site, session_id):
    return site.session(session_id)["cancel_url"].removeprefix("http://localhost").removesuffix("left")


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("method", ["konbini", "bank"])
def test_a_code_given_out_makes_the_pledge_wait_and_says_how_to_pay(open_site, make, campaign, method):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site, "konbini" if method == "konbini" else "customer_balance")
    assert (status(open_site), open_site.one(select(Pledge.method)), stock(open_site)) == ("waiting", method, (1, 0))
    assert open_site.check() == []
    open_site.work()
    (mail,) = open_site.letterbox.to(MAIL)
    voucher, until = open_site.one(select(Pledge.voucher)), open_site.one(select(Pledge.hold_until))
    page = open_site.get(f"{room_of(open_site, session_id)}thanks").text
    room = open_site.get(room_of(open_site, session_id)).text
    day = f"{until.astimezone(JST):%Y年%-m月%-d日} 23:59"
    for _name, number in voucher["lines"]:
        shown = {"futsu": "普通"}.get(number, number)
        assert all(shown in text for text in (text_of(mail), page, room))
    assert all(day in text and "3,000円" in text for text in (text_of(mail), page, room))
    assert "data-checking" not in page
    assert open_site.one(select(Campaign.raised)) == 0


@pytest.mark.parametrize("deliveries", [1, 3])
def test_money_at_the_counter_pays_the_pledge_once(open_site, make, campaign, deliveries):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site)
    open_site.stripe(f"payments/{session_id}/pay-at-store", {"store": "lawson"})
    deliver(open_site, session_id, "checkout.session.async_payment_succeeded", deliveries)
    assert (status(open_site), stock(open_site)) == ("paid", (1, 1))
    assert open_site.one(select(Pledge.voucher)) is None
    open_site.work()
    assert [letters(open_site, kind) for kind in ("pledge_waiting", "pledge_thanks")] == [1, 1]
    assert dict(tuple(row) for row in open_site.rows(select(LedgerEntry.kind, LedgerEntry.amount))) == {
        "charge": 3_000,
        "fee": -120,
    }
    assert open_site.check() == []
    assert "コンビニ払い" in open_site.get(room_of(open_site, session_id)).text


def test_a_code_that_ran_out_gives_the_stock_back_with_a_kind_mail(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site)
    open_site.stripe(f"payments/{session_id}/expire-code", {})
    deliver(open_site, session_id, "checkout.session.async_payment_failed", 2)
    assert (status(open_site), stock(open_site)) == ("expired", (0, 0))
    open_site.work()
    assert letters(open_site, "pledge_lapsed") == 1
    assert "お支払いの受付が終了" in text_of(open_site.letterbox.to(MAIL)[-1])
    assert open_site.check() == []


def test_when_every_webhook_is_lost_the_worker_finds_the_code_and_then_the_money(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = chosen(open_site)
    open_site.work()
    assert (status(open_site), letters(open_site, "pledge_waiting")) == ("waiting", 1)
    open_site.stripe(f"payments/{session_id}/pay-at-store", {})
    open_site.work()
    assert (status(open_site), stock(open_site)) == ("paid", (1, 1))
    assert open_site.check() == []


def test_a_code_that_came_and_went_unheard_ends_the_pledge(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = chosen(open_site)
    open_site.stripe(f"payments/{session_id}/expire-code", {})
    open_site.work()
    assert (status(open_site), stock(open_site)) == ("expired", (0, 0))
    assert letters(open_site, "pledge_lapsed") == 0
    assert open_site.check() == []


def test_news_in_the_wrong_order_ends_in_the_same_state(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = chosen(open_site)
    open_site.stripe(f"payments/{session_id}/pay-at-store", {})
    deliver(open_site, session_id, "checkout.session.async_payment_succeeded")
    deliver(open_site, session_id, "checkout.session.completed", 2)
    open_site.work()
    assert (status(open_site), letters(open_site, "pledge_waiting"), letters(open_site, "pledge_thanks")) == (
        "paid",
        0,
        1,
    )
    assert open_site.check() == []


def test_what_was_asked_before_the_code_was_given_out_does_not_look_like_its_end(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = session_id_of(pledged(open_site.browser()))
    open_site.pay(session_id, "4000000000000002")
    payment_id = open_site.session(session_id)["payment_intent"]
    with open_site.inside():
        gateway = open_site.app.extensions["fundsite.gateway"]
        declined = gateway.payment(payment_id)
        assert declined.status == "open"
    open_site.stripe(f"sessions/{session_id}/pay", {"method": "konbini"})
    deliver(open_site, session_id, "checkout.session.completed")
    with open_site.inside():
        apply_payment(declined, "late news")
    assert (status(open_site), stock(open_site)) == ("waiting", (1, 0))
    assert open_site.check() == []


def test_what_is_paid_stays_paid_when_older_news_come_after_it(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site)
    with open_site.inside():
        older = open_site.app.extensions["fundsite.gateway"].payment(intent_of(open_site))
    open_site.stripe(f"payments/{session_id}/pay-at-store", {})
    open_site.work()
    with open_site.inside():
        apply_payment(older, "late news")
    assert (status(open_site), open_site.one(select(Payment.status))) == ("paid", "paid")
    assert open_site.check() == []


def give_up(site, session_id):
    browser, room = site.browser(), room_of(site, session_id)
    return browser.post(f"{room}give-up", data=hidden_fields(browser.get(room).text), follow_redirects=True)


@pytest.mark.parametrize("method", ["konbini", "customer_balance"])
def test_a_supporter_may_give_up_while_waiting_and_the_code_can_never_be_paid(open_site, make, campaign, method):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site, method)
    reply = give_up(open_site, session_id)
    assert "お手続きを取りやめました" in reply.text
    assert (status(open_site), stock(open_site)) == ("canceled", (0, 0))
    with pytest.raises(Exception, match="400"):
        open_site.stripe(f"payments/{session_id}/pay-at-store", {})
    open_site.work()
    assert open_site.check() == []


def test_somebody_who_gives_up_after_paying_has_paid(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site)
    open_site.stripe(f"payments/{session_id}/pay-at-store", {})
    reply = give_up(open_site, session_id)
    assert "ありがとうございます" in reply.text
    assert status(open_site) == "paid"
    assert open_site.check() == []


def test_while_stripe_is_away_nobody_is_told_that_they_gave_up(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site)
    browser, room = open_site.browser(), room_of(open_site, session_id)
    form = hidden_fields(browser.get(room).text)
    with open_site.faults(api=[NOTHING]):
        reply = browser.post(f"{room}give-up", data=form)
    assert (reply.status_code, status(open_site), stock(open_site)) == (503, "waiting", (1, 0))


def test_stripes_own_news_of_a_giving_up_may_come_first(open_site, make, campaign, monkeypatch):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site)
    payment_id = intent_of(open_site)

    def delivered_first(state, _cause):
        deliver(open_site, payment_id, "payment_intent.canceled")
        return state

    monkeypatch.setattr("fundsite.pledges.vouchers.apply_payment", delivered_first)
    assert "お手続きを取りやめました" in give_up(open_site, session_id).text
    assert (status(open_site), letters(open_site, "pledge_lapsed")) == ("canceled", 0)
    assert open_site.check() == []


def test_a_giving_up_whose_answer_was_lost_is_finished_by_whoever_looks_next(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site)
    browser, room = open_site.browser(), room_of(open_site, session_id)
    form = hidden_fields(browser.get(room).text)
    lost = {"match": "POST /v1/payment_intents/*", "drop_reply_after_act": True}
    with open_site.faults(api=[lost, {"match": "GET *", "status": 503}]):
        assert browser.post(f"{room}give-up", data=form).status_code == 503
    assert status(open_site) == "waiting"
    open_site.work()
    assert (status(open_site), stock(open_site)) == ("canceled", (0, 0))
    assert open_site.check() == []


def test_dead_between_the_answer_and_the_note_the_worker_ends_the_same_way(open_site, make, campaign, monkeypatch):
    make.reward(campaign, stock=1)
    session_id = chosen(open_site)

    def dies(*_args, **_kwargs):
        raise GatewayUnavailable("dead")

    with monkeypatch.context() as patch:
        patch.setattr("fundsite.pledges.settlement.apply_payment", dies)
        (event,) = events(open_site, session_id, "checkout.session.completed")
        assert open_site.deliver(event).status_code == 503
    assert status(open_site) == "pending"
    open_site.work()
    assert (status(open_site), letters(open_site, "pledge_waiting")) == ("waiting", 1)
    assert open_site.check() == []


def test_codes_that_are_out_hold_their_stock_and_nobody_else_gets_it(open_site, make, campaign):
    make.reward(campaign, stock=5)
    sessions = [chosen(open_site, email=f"p{number}@example.jp") for number in range(5)]
    for session_id in sessions:
        deliver(open_site, session_id, "checkout.session.completed")
    shut = [open_site.get("/c/ie/pledge?reward=A").status_code for _ in range(3)]
    assert shut == [409] * 3
    open_site.stripe(f"payments/{sessions[0]}/expire-code", {})
    open_site.work()
    assert open_site.get("/c/ie/pledge?reward=A").status_code == 200
    for session_id in sessions[1:]:
        open_site.stripe(f"payments/{session_id}/pay-at-store", {})
    open_site.work()
    assert stock(open_site) == (4, 4)
    assert open_site.check() == []


def test_giving_up_paying_and_looking_at_once_ends_in_one_state(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site)
    pledge_id = open_site.one(select(Pledge.id))
    open_site.stripe(f"payments/{session_id}/pay-at-store", {})
    acts = [
        lambda: vouchers.give_up(pledge_id, "supporter:left"),
        lambda: vouchers.look_at(pledge_id),
        lambda: sweep(everything=True),
        reconcile,
    ]
    assert at_once(open_site, len(acts), lambda number: acts[number](), ()) == [0] * 4
    assert (status(open_site), stock(open_site)) == ("paid", (1, 1))
    assert open_site.one(select(func.count(PledgeEvent.id)).where(PledgeEvent.to_status == "paid")) == 1
    assert letters(open_site, "pledge_thanks") == 1
    assert open_site.check() == []


@on_sqlite
def test_a_reminder_goes_out_once_on_the_day_before(open_site, make, campaign):
    make.reward(campaign)
    waiting(open_site)
    until = open_site.one(select(Pledge.hold_until))
    before = until.astimezone(JST).replace(hour=10, minute=0, second=0) - timedelta(days=1)
    for moment, count in ((before - timedelta(hours=1), 0), (before + timedelta(hours=1), 1), (until, 1)):
        with time_machine.travel(moment, tick=False), open_site.inside():
            sweep(everything=True)
        assert letters(open_site, "pledge_reminder") == count, moment
    with time_machine.travel(until - timedelta(hours=1), tick=False):
        open_site.work()
    assert "まだ確認できておりません" in text_of(open_site.letterbox.to(MAIL)[-1])


@on_sqlite
def test_a_waiting_pledge_is_looked_at_ever_more_rarely_when_it_is_to_be_reminded_and_when_its_time_is_over(
    open_site, make, campaign
):
    make.reward(campaign)
    waiting(open_site)
    start, until = open_site.one(select(Pledge.created_at)), open_site.one(select(Pledge.hold_until))
    looks, moment = [], start
    while status(open_site) == "waiting":
        moment = open_site.one(select(Pledge.next_look_at)) + timedelta(seconds=1)
        with time_machine.travel(moment, tick=False), open_site.inside():
            assert sweep() >= 1
        looks.append(moment)
    assert len(looks) <= 16
    assert any(abs(moment - remind_at(until, start)) < timedelta(minutes=1) for moment in looks)
    assert any(timedelta(0) < moment - until < timedelta(minutes=10) for moment in looks)


@on_sqlite
def test_an_account_that_nobody_paid_to_is_closed_when_its_time_is_over(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site, "customer_balance")
    until = open_site.one(select(Pledge.hold_until))
    with time_machine.travel(until + timedelta(minutes=7), tick=False), open_site.inside():
        sweep(everything=True)
    assert (status(open_site), stock(open_site), letters(open_site, "pledge_lapsed")) == ("expired", (0, 0), 1)
    with pytest.raises(Exception, match="400"):
        open_site.stripe(f"payments/{session_id}/pay-at-store", {})
    assert open_site.check() == []


@on_sqlite
def test_a_payment_that_was_lost_for_a_code_that_ended_is_taken_while_stock_is_left(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site)
    open_site.stripe(f"payments/{session_id}/pay-at-store", {})
    with open_site.faults(api=[NOTHING]):
        open_site.work()
    now = clock.now()
    open_site.change(
        update(Pledge).values(status="expired", voucher=None, holds_stock=False),
        update(Reward).values(claimed=0),
        PledgeEvent.__table__.insert().values(
            pledge_id=1, from_status="waiting", to_status="expired", cause="test", at=now
        ),
    )
    deliver(open_site, session_id, "checkout.session.async_payment_succeeded")
    assert (status(open_site), stock(open_site)) == ("paid", (1, 1))
    assert open_site.check() == []


@on_sqlite
def test_a_late_payment_without_stock_goes_back_and_stripe_asks_for_the_account_by_mail(open_site, make, campaign):
    make.reward(campaign, stock=1)
    session_id = waiting(open_site)
    open_site.stripe(f"payments/{session_id}/pay-at-store", {})
    now = clock.now()
    open_site.change(
        update(Pledge).values(status="expired", voucher=None, holds_stock=False),
        update(Reward).values(claimed=0, stock=0),
        PledgeEvent.__table__.insert().values(
            pledge_id=1, from_status="waiting", to_status="expired", cause="test", at=now
        ),
    )
    deliver(open_site, session_id, "checkout.session.async_payment_succeeded")
    assert status(open_site) == "refunded"
    open_site.work()
    assert "口座をうかがうメール" in text_of(open_site.letterbox.to(MAIL)[-1])
    refunds = [one for one in open_site.stripe("books")["refunds"] if one["payment_intent"] == intent_of(open_site)]
    assert len(refunds) == 1
    assert open_site.check() == []


@on_sqlite
def test_only_what_is_switched_on_and_fits_the_amount_is_offered(open_site, make, campaign):
    make.reward(campaign, "A", amount=3_000)
    make.reward(campaign, "B", amount=400_000)
    make.reward(campaign, "C", amount=100)
    offered = {
        code: open_site.session(session_id_of(pledged(open_site.browser(), code=code)))["payment_method_types"]
        for code in "ABC"
    }
    assert offered == {
        "A": ["card", "konbini", "customer_balance"],
        "B": ["card", "customer_balance"],
        "C": ["card", "customer_balance"],
    }


@on_sqlite
def test_without_the_switch_cards_alone_are_offered_and_no_customer_is_made(site, make, campaign):
    make.reward(campaign)
    session = site.session(session_id_of(pledged(site.browser())))
    assert (session["payment_method_types"], session["customer"]) == (["card"], None)
    page = filled(site.browser()).text
    assert "クレジットカード。" in page
    assert "コンビニ" not in page


@on_sqlite
def test_a_lost_answer_makes_no_second_customer_and_no_second_session(open_site, make, campaign):
    make.reward(campaign)
    lost = {"match": "POST /v1/customers", "drop_reply_after_act": True, "times": 1}
    with open_site.faults(api=[lost]):
        session_id = session_id_of(pledged(open_site.browser()))
    assert open_site.session(session_id)["customer"] == open_site.one(select(Pledge.customer_id))


@on_sqlite
def test_the_last_page_before_the_order_says_how_and_until_when_each_way_is_paid(open_site, make, campaign):
    make.reward(campaign)
    page = filled(open_site.browser()).text
    today = clock.now().astimezone(JST)
    for days, words in ((3, "の23:59（日本時間）までに店頭で"), (7, "までに着くように")):
        assert f"{today + timedelta(days=days):%Y年%-m月%-d日}{words}" in page
    assert "お支払いの前であれば、専用ページから取りやめられます" in page


@pytest.mark.parametrize(("left", "konbini", "bank"), [(0, 1, 3), (1, 1, 3), (2, 2, 3), (5, 3, 5), (30, 3, 7)])
def test_towards_the_end_of_a_campaign_codes_live_shorter(left, konbini, bank):
    now = datetime(2026, 11, 10, 3, tzinfo=UTC)
    closing = now + timedelta(days=left)
    assert (days_to_pay("konbini", now, closing), days_to_pay("bank", now, closing)) == (konbini, bank)
    assert (days_to_pay("konbini", now, None), days_to_pay("bank", now, None)) == (3, 7)


def test_who_chose_the_store_on_the_eve_is_reminded_on_the_last_day():
    given = datetime(2026, 11, 10, 12, 0, tzinfo=JST)
    last = datetime(2026, 11, 11, 23, 59, 59, tzinfo=JST)
    assert remind_at(last, given) == datetime(2026, 11, 11, 10, 0, tzinfo=JST)
    assert remind_at(last + timedelta(days=2), given) == datetime(2026, 11, 12, 10, 0, tzinfo=JST)


@pytest.mark.parametrize(
    ("said", "read"),
    [("card", ("card",)), ("bank, card", ("card", "bank")), ("card,konbini,bank", ("card", "konbini", "bank"))],
)
def test_the_ways_to_pay_are_read_from_the_environment(monkeypatch, tmp_path, said, read):
    monkeypatch.setenv("FUNDSITE_PAYMENT_METHODS", said)
    assert from_environment(tmp_path / ".env").payment_methods == read


@pytest.mark.parametrize("said", ["konbini", "card,paypay", ""])
def test_a_way_to_pay_that_cannot_be_is_refused_with_the_name_of_the_setting(monkeypatch, tmp_path, said):
    monkeypatch.setenv("FUNDSITE_PAYMENT_METHODS", said)
    with pytest.raises(SettingsError, match="FUNDSITE_PAYMENT_METHODS"):
        from_environment(tmp_path / ".env")
