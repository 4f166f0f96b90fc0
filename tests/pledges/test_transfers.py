"""Transfers that come short, over or late: shown to staff, settled by them, and never lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
import requests
import time_machine
from sqlalchemy import func, select

from fundsite import clock
from fundsite.access import ACCOUNTANT, EDITOR, FULFILMENT
from fundsite.audit import AuditEntry
from fundsite.books.models import LedgerEntry
from fundsite.campaigns.models import Campaign
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.reconcile import reconcile
from fundsite.pledges.sweep import sweep
from fundsite.pledges.transfers import service as transfers
from fundsite.pledges.transfers.models import TransferRest, TransferReturn
from fundsite.pledges.transfers.rest import look_at_rest
from fundsite.rewards.models import Reward
from support.databases import on_sqlite
from support.factories import pledged
from support.races import at_once
from support.site import hidden_fields, session_id_of
from support.staffroom import signed_in

TOTAL = 3_000
MAIL = "hanako@example.jp"
KEY = ("sk_test_notAKey", "")


@pytest.fixture
def waits(site, make):
    """A site with one pledge of 3,000 yen that waits for a transfer; all that Stripe says is lost unless delivered."""
    settings = site.app.extensions["fundsite.settings"]
    site.app.extensions["fundsite.settings"] = replace(settings, payment_methods=("card", "bank"))
    make.reward(make.campaign(), stock=1)
    session_id = session_id_of(pledged(site.browser()))
    site.stripe(f"sessions/{session_id}/pay", {"method": "customer_balance"})
    site.work()
    assert site.one(select(Pledge.status)) == "waiting"
    return site


def transfer(site, amount):
    site.stripe(f"payments/{site.one(select(Pledge.checkout_session_id))}/transfer", {"amount": amount})


def to_the_account(site, amount):
    site.stripe(f"customers/{site.one(select(Pledge.customer_id))}/transfer", {"amount": amount, "currency": "jpy"})


def status(site):
    return site.one(select(Pledge.status))


def left_over(site):
    return site.one(select(func.coalesce(func.sum(TransferRest.left_over - TransferRest.kept), 0)))


def at_stripe(site):
    with site.inside():
        customer_id = site.one(select(Pledge.customer_id))
        return site.app.extensions["fundsite.gateway"].unused(customer_id, "JPY")


def acts(site):
    return [action for (action,) in site.rows(select(AuditEntry.action).where(AuditEntry.action.like("transfer%")))]


def returns(site):
    return [tuple(row) for row in site.rows(select(TransferReturn.amount, TransferReturn.status))]


def letters(site, kind):
    return site.one(select(func.count(OutboxMail.id)).where(OutboxMail.kind == kind))


def press(browser, what, **typed):
    """Press a button of the pledge's page as staff see it now."""
    fields = hidden_fields(browser.get("/staff/transfers/1/").text)
    return browser.post(f"/staff/transfers/1/{what}", data={**fields, **typed})


def test_a_transfer_in_two_parts_pays_the_pledge(waits):
    transfer(waits, 1_000)
    waits.work()
    assert (status(waits), waits.one(select(Payment.received))) == ("waiting", 1_000)
    transfer(waits, 2_000)
    waits.work()
    assert status(waits) == "paid"
    assert waits.one(select(LedgerEntry.amount).where(LedgerEntry.kind == "charge")) == TOTAL
    assert waits.check() == []


def test_a_short_transfer_is_shown_to_staff_and_to_its_supporter(waits):
    transfer(waits, 1_000)
    waits.work()
    owner = signed_in(waits)
    assert "金額の足りないお振り込みが1件" in owner.get("/staff/campaigns/ie/dashboard/").text
    assert "2,000円不足" in owner.get("/staff/transfers/").text
    address = waits.one(select(Pledge.checkout_session_id))
    room = waits.session(address)["cancel_url"].removeprefix("http://localhost").removesuffix("left")
    assert "1,000円のお振り込みを確認しました。あと2,000円をお振り込みください。" in waits.get(room).text


def test_staff_wait_another_week_and_pressing_twice_is_once(waits):
    transfer(waits, 1_000)
    waits.work()
    before = waits.one(select(Pledge.hold_until))
    later = clock.now() + timedelta(days=3)
    with time_machine.travel(later, tick=False):
        owner = signed_in(waits)
        assert [press(owner, "wait").status_code for _ in range(2)] == [303, 303]
    assert waits.one(select(Pledge.hold_until)) == before + timedelta(days=3)
    assert acts(waits) == ["transfer.wait"]
    assert waits.check() == []


def test_a_short_transfer_is_kept_open_after_its_time_until_staff_settle_it(waits):
    transfer(waits, 1_000)
    with time_machine.travel(waits.one(select(Pledge.hold_until)) + timedelta(days=1), tick=False), waits.inside():
        sweep(everything=True)
    assert (status(waits), waits.one(select(Reward.claimed))) == ("waiting", 1)


def test_staff_end_a_short_transfer_and_the_money_goes_back_with_a_mail(waits):
    transfer(waits, 1_000)
    waits.work()
    accountant = signed_in(waits, ACCOUNTANT)
    assert press(accountant, "return", reason="ご希望により取りやめました。").status_code == 303
    assert (status(waits), waits.one(select(Reward.claimed)), returns(waits)) == ("canceled", 0, [(1_000, "pending")])
    assert press(accountant, "return").status_code == 409
    assert at_stripe(waits) == 0
    assert waits.rows(select(LedgerEntry.id)) == [], "what was never ours stands in no book"
    waits.work()
    assert (letters(waits, "transfer_returned"), left_over(waits)) == (1, 0)
    assert "ご希望により取りやめました。" in waits.letterbox.to(MAIL)[-1].get_body(("plain",)).get_content()
    assert acts(waits) == ["transfer.return"]
    assert waits.check() == []


@pytest.mark.parametrize(
    "fault",
    [
        {"match": "POST /v1/payment_intents/*", "status": 503},
        {"match": "POST /v1/payment_intents/*", "drop_reply_after_act": True},
        {"match": "POST /v1/refunds", "drop_request": True},
        {"match": "POST /v1/refunds", "drop_reply_after_act": True},
        {"match": "*", "status": 503},
    ],
)
def test_whatever_fails_on_the_way_the_worker_sends_it_back_once(waits, fault):
    transfer(waits, 1_000)
    waits.work()
    owner = signed_in(waits)
    with waits.faults(api=[fault]):
        assert press(owner, "return").status_code == 303
    waits.work()
    waits.work()
    assert (status(waits), at_stripe(waits), left_over(waits)) == ("canceled", 0, 0)
    assert returns(waits) == [(1_000, "pending")]
    made = waits.stripe("books")["refunds"]
    mine = [one for one in made if one["metadata"].get("fundsite_reference") == waits.one(select(Pledge.reference))]
    assert len(mine) == 1
    assert letters(waits, "transfer_returned") == 1
    assert waits.check() == []


def test_what_another_supporter_got_back_is_not_taken_for_it(waits, make):
    transfer(waits, 1_000)
    waits.work()
    make.reward(waits.one(select(Campaign)), code="B", position=1)
    waits.pay(session_id_of(pledged(waits.browser(), code="B", email="taro@example.jp")))
    waits.work()
    paid = waits.one(select(Payment.intent_id).where(Payment.status == "paid"))
    waits.stripe(f"payments/{paid}/refund", {"amount": 500})
    assert press(signed_in(waits), "return").status_code == 303
    waits.work()
    assert returns(waits) == [(1_000, "pending")]
    assert sorted(one["amount"] for one in waits.stripe("books")["refunds"]) == [500, 1_000]
    assert waits.check() == []


def test_two_of_staff_at_once_send_it_back_once(waits):
    transfer(waits, 1_000)
    waits.work()
    signed_in(waits)
    outcome = at_once(waits, 4, lambda _number: transfers.give_back(1, 1_000, "", 1), transfers.NothingOpen)
    assert sorted(outcome) == [0, 1, 1, 1]
    assert returns(waits) == [(1_000, "pending")]
    assert at_stripe(waits) == 0
    assert waits.check() == []


def test_when_the_rest_comes_while_staff_end_the_pledge_it_is_paid(waits):
    transfer(waits, 1_000)
    waits.work()
    owner = signed_in(waits)
    page = hidden_fields(owner.get("/staff/transfers/1/").text)
    transfer(waits, 2_000)
    assert owner.post("/staff/transfers/1/return", data=page).status_code == 303
    assert (status(waits), returns(waits)) == ("paid", [(1_000, "failed")])
    waits.work()
    assert letters(waits, "transfer_returned") == 0
    assert waits.check() == []


def over(site, amount=TOTAL + 500):
    transfer(site, amount)
    site.work()
    assert status(site) == "paid"


def test_what_came_too_much_is_shown_and_sent_back(waits):
    over(waits)
    assert waits.one(select(LedgerEntry.amount).where(LedgerEntry.kind == "charge")) == TOTAL
    owner = signed_in(waits)
    assert "お返し先を決めていないお振り込みが1件" in owner.get("/staff/campaigns/ie/dashboard/").text
    assert "500円お預かり中" in owner.get("/staff/transfers/").text
    assert press(owner, "return").status_code == 303
    waits.work()
    assert (returns(waits), at_stripe(waits), status(waits)) == ([(500, "pending")], 0, "paid")
    assert "対応が必要なお振り込みはありません" in owner.get("/staff/transfers/").text
    assert waits.check() == []


def test_what_staff_settled_otherwise_is_noted_and_not_shown_again(waits):
    over(waits)
    owner = signed_in(waits)
    page = hidden_fields(owner.get("/staff/transfers/1/").text)
    codes = [owner.post("/staff/transfers/1/keep", data=page).status_code for _ in range(2)]
    assert codes == [303, 409]
    waits.work()
    assert (left_over(waits), at_stripe(waits), acts(waits)) == (0, 500, ["transfer.keep"])
    to_the_account(waits, 200)
    with waits.inside():
        look_at_rest(1)
    assert left_over(waits) == 200


def test_a_transfer_after_the_pledge_was_given_up_is_found_and_sent_back(waits):
    with waits.inside():
        transfers.give_up(1, "supporter:left")
    waits.work()
    to_the_account(waits, TOTAL)
    customer_id, kind = waits.one(select(Pledge.customer_id)), "cash_balance.funds_available"
    reply = requests.get(f"{waits.stripe_url}/v1/events", params={"type": kind}, auth=KEY, timeout=10)
    event = next(one for one in reply.json()["data"] if one["data"]["object"]["customer"] == customer_id)
    assert waits.deliver(event).status_code == 200
    assert (status(waits), left_over(waits)) == ("canceled", TOTAL)
    assert press(signed_in(waits), "return").status_code == 303
    assert (returns(waits), at_stripe(waits)) == ([(TOTAL, "pending")], 0)
    assert waits.check() == []


def test_a_late_transfer_of_which_nobody_told_us_is_found_by_reconcile(waits):
    with waits.inside():
        transfers.give_up(1, "supporter:left")
    for _ in range(3):
        waits.work()
    to_the_account(waits, TOTAL)
    with waits.inside():
        reconcile()
    assert left_over(waits) == TOTAL


def test_money_for_which_nobody_named_an_account_comes_back_to_staff(waits):
    over(waits)
    assert press(signed_in(waits), "return").status_code == 303
    refund_id = waits.one(select(TransferReturn.refund_id))
    waits.stripe(f"refunds/{refund_id}", {"status": "failed", "reason": "unknown"})
    (event,) = [event for event in waits.events_about(refund_id) if event["type"] == "refund.failed"]
    assert waits.deliver(event).status_code == 200
    assert (returns(waits), left_over(waits)) == ([(500, "failed")], 500)


@on_sqlite
def test_a_return_that_stripe_refuses_stays_with_staff_and_is_tried_again(waits):
    over(waits)
    with waits.faults(api=[{"match": "POST /v1/refunds", "status": 400, "code": "amount_too_large"}]):
        assert press(signed_in(waits), "return").status_code == 303
    assert returns(waits) == [(500, "due")]
    assert "返金の手続き中に問題があります" in signed_in(waits).get("/staff/transfers/").text
    waits.work()
    assert returns(waits) == [(500, "pending")]


@on_sqlite
@pytest.mark.parametrize("role", [EDITOR, FULFILMENT])
def test_only_who_looks_after_money_sees_transfers(waits, role):
    assert signed_in(waits, role).get("/staff/transfers/").status_code == 403
    assert signed_in(waits, role).get("/staff/transfers/1/").status_code == 403


@on_sqlite
def test_a_pledge_that_no_transfer_was_made_for_is_not_found(waits):
    assert signed_in(waits).get("/staff/transfers/99/").status_code == 404
