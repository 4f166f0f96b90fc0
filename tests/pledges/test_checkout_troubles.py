"""Checkout, codes and transfers when Stripe is slow, changed its mind, or somebody else was faster."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.payments import stripe_gateway
from fundsite.payments.gateway import GatewayUnavailable
from fundsite.pledges import access, lifecycle, vouchers
from fundsite.pledges.checkout import begin_checkout
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.service import CheckoutUnavailable, NotOpen, TermsChanged
from fundsite.pledges.settlement import leave
from fundsite.pledges.sweep import sweep
from fundsite.pledges.transfers import rest as transfer_rest
from fundsite.pledges.transfers import service as transfers
from fundsite.pledges.transfers.models import TransferRest, TransferReturn
from fundsite.rewards.models import Reward
from support.people import (
    BEARER,
    change,
    comes_back,
    faults,
    gateway_of,
    order_of,
    pays,
    pledged,
    present,
    somebody_elses,
    status_of,
)
from support.site import hidden_fields

OURS = {"fundsite_reference": "GONE-0001", "fundsite_site": "localhost"}


def waits(world, method="konbini"):
    """Return a pledge that waits for a store or a transfer."""
    pledge = pledged(world, world.campaign([3]))
    pays(world, pledge, method=method)
    assert comes_back(world, pledge).status == "waiting"
    return present(world, Pledge.id == pledge.id)


def session_at_stripe(world, session_id):
    return world.wire.get(f"/v1/checkout/sessions/{session_id}", headers=BEARER).json


def test_a_second_click_waits_for_the_answer_that_the_first_one_gets(fresh, monkeypatch):
    monkeypatch.setattr(stripe_gateway, "BUSY_PAUSE", 0)
    faults(fresh, {"match": "POST /v1/checkout/sessions", "status": 409, "times": 2})
    pledge = pledged(fresh, fresh.campaign([1]))
    assert (pledge.status, pledge.checkout_session_id[:3]) == ("pending", "cs_")


def test_a_second_click_does_not_wait_for_ever_and_leaves_the_pledge_to_the_first(fresh, monkeypatch):
    monkeypatch.setattr(stripe_gateway, "BUSY_SECONDS", -1)
    campaign = fresh.campaign([1])
    faults(fresh, {"match": "POST /v1/checkout/sessions", "status": 409})
    with fresh.inside(), pytest.raises(CheckoutUnavailable):
        begin_checkout(order_of(campaign))
    assert [pledge.status for pledge in fresh.pledges()] == ["pending"]


def test_a_pledge_whose_words_changed_before_its_session_was_noted_is_undone_for_nobody_has_that_session(fresh):
    pledge = pledged(fresh, fresh.campaign([1]))
    change(fresh, update(Pledge).values(checkout_session_id=None), update(Reward).values(title="別の本"))
    fresh.later(minutes=3)
    with fresh.inside():
        sweep()
    assert status_of(fresh, pledge) == "canceled"
    assert fresh.differences() == []


def test_a_session_whose_pledge_was_undone_meanwhile_is_closed_and_nobody_is_led_there(fresh, monkeypatch):
    stripe, campaign = gateway_of(fresh), fresh.campaign([1])
    known, opened = stripe.open_checkout, []

    def undone_meanwhile(order):
        opened.append(known(order).id)
        with transaction() as session:
            (pledge_id,) = session.scalars(select(Pledge.id))
            pledge = lifecycle.locked(session, pledge_id)
            lifecycle.move(session, pledge, "canceled", "checkout:unavailable", fresh.now())
        return stripe.checkout(opened[0])

    monkeypatch.setattr(stripe, "open_checkout", undone_meanwhile)
    with fresh.inside(), pytest.raises(CheckoutUnavailable):
        begin_checkout(order_of(campaign))
    assert session_at_stripe(fresh, opened[0])["status"] == "expired"
    assert fresh.differences() == []


def test_a_request_that_fails_undoes_nothing_where_another_one_got_the_session(fresh, monkeypatch):
    stripe, campaign = gateway_of(fresh), fresh.campaign([1])
    known = stripe.open_checkout

    def noted_meanwhile(order):
        state = known(order)
        with transaction() as session:
            session.execute(update(Pledge).values(checkout_session_id=state.id))
        raise GatewayUnavailable("time-out")

    monkeypatch.setattr(stripe, "open_checkout", noted_meanwhile)
    with fresh.inside(), pytest.raises(CheckoutUnavailable):
        begin_checkout(order_of(campaign))
    (pledge,) = fresh.pledges()
    pays(fresh, pledge)
    assert comes_back(fresh, pledge).status == "paid"


def test_deliveries_about_a_pledge_that_is_not_here_are_taken_and_change_nothing(fresh):
    pledge = pledged(fresh, fresh.campaign([1]))
    paid = somebody_elses(fresh, **OURS)
    assert fresh.door(f"sessions/{paid['id']}/pay", {"card": "4242424242424242"})
    told = [fresh.deliver(event) for event in fresh.events()]
    assert set(told) == {200}
    assert [found.id for found in fresh.pledges()] == [pledge.id]
    assert fresh.differences() == []


def test_a_code_that_was_given_out_cannot_be_given_up_while_stripe_does_not_say_what_it_is(later_ways):
    pledge = pledged(later_ways, later_ways.campaign([1]))
    pays(later_ways, pledge, method="konbini")
    later_ways.luck = ["fine", "fine", "request lost"]
    with later_ways.inside(), pytest.raises(CheckoutUnavailable):
        leave(db.session.get_one(Pledge, pledge.id))
    assert status_of(later_ways, pledge) == "pending"
    assert comes_back(later_ways, pledge).status == "waiting"


def test_an_awaited_payment_that_stripe_will_not_end_stays_and_its_supporter_is_told(later_ways):
    pledge = waits(later_ways)
    faults(later_ways, {"match": "POST /v1/payment_intents/*/cancel", "status": 400})
    with later_ways.inside():
        room = f"/pledges/{access.token_of(pledge.reference)}/"
    browser = later_ways.app.test_client()
    token = hidden_fields(browser.get(f"{room}thanks").text)["csrf_token"]
    reply = browser.post(f"{room}give-up", data={"csrf_token": token})
    assert reply.status_code == 409
    assert "いまは取りやめられません" in reply.text
    assert status_of(later_ways, pledge) == "waiting"


def test_who_pays_at_the_counter_while_giving_up_has_paid(later_ways):
    pledge = waits(later_ways)
    assert later_ways.door(f"payments/{pledge.checkout_session_id}/pay-at-store", {"store": "lawson"})
    later_ways.later(minutes=1)
    later_ways.reconcile()
    with later_ways.inside():
        assert vouchers.give_up(pledge.id, "supporter:left") == "paid"
    assert later_ways.differences() == []


def test_a_fee_that_stripe_does_not_name_is_asked_for_again_later_and_later(fresh):
    pledge = pledged(fresh, fresh.campaign([1]))
    pays(fresh, pledge)
    comes_back(fresh, pledge)
    faults(fresh, {"match": "GET /v1/payment_intents/*", "status": 503})
    fresh.later(minutes=2)
    with fresh.inside():
        assert [sweep(), sweep()] == [1, 0]
        assert db.session.scalar(select(Payment.fee_known)) is False
    faults(fresh)
    fresh.later(minutes=30)
    with fresh.inside():
        sweep()
        assert db.session.scalar(select(Payment.fee_known)) is True


def over(world):
    """Return a pledge for which 2,000 yen too much were transferred, and that is paid."""
    pledge = waits(world, "customer_balance")
    assert world.door(f"payments/{pledge.checkout_session_id}/transfer", {"amount": 5_000})
    world.reconcile()
    assert status_of(world, pledge) == "paid"
    return pledge


def test_what_is_sent_back_is_sent_once_by_whomever(later_ways, monkeypatch):
    pledge, stripe = over(later_ways), gateway_of(later_ways)
    known, others = stripe.give_back_unused, []

    def another_worker_first(order):
        if not others:
            others.append(True)
            transfer_rest.send_back(1)
        return known(order)

    monkeypatch.setattr(stripe, "give_back_unused", another_worker_first)
    with later_ways.inside():
        transfers.give_back(pledge.id, 2_000, "", None)
        transfer_rest.send_back(1)
    with later_ways.inside():
        assert db.session.scalar(select(TransferRest.left_over)) == 0
        assert db.session.scalar(select(func.count(TransferReturn.id))) == 1
    assert stripe.unused(present(later_ways, Pledge.id == pledge.id).customer_id, "JPY") == 0


def test_an_account_that_stripe_cannot_tell_of_now_is_looked_at_in_an_hour(later_ways):
    pledge = over(later_ways)
    change(later_ways, update(TransferRest).values(next_look_at=later_ways.now()))
    faults(later_ways, {"match": "GET /v1/customers/*/cash_balance", "status": 503})
    with later_ways.inside():
        assert [transfer_rest.look_at_rests(10), transfer_rest.look_at_rests(10)] == [1, 0]
    faults(later_ways)
    later_ways.later(hours=2)
    with later_ways.inside():
        assert transfer_rest.look_at_rests(10) == 1
        assert transfer_rest.open_rest(db.session(), pledge.id) == 2_000


def test_what_does_not_wait_any_more_is_not_awaited_longer(later_ways):
    pledge = over(later_ways)
    with later_ways.inside(), pytest.raises(FundsiteError):
        transfers.wait_longer(pledge.id, None)


def test_what_went_between_reading_and_ordering_is_not_ordered(fresh):
    campaign = fresh.campaign([1])
    with fresh.inside(), pytest.raises(TermsChanged):
        begin_checkout(order_of(campaign, "Z"))
    change(fresh, update(Campaign).values(ends_at=fresh.now()))
    with fresh.inside(), pytest.raises(NotOpen):
        begin_checkout(order_of(campaign))
    assert fresh.pledges() == []


def test_a_pledge_without_a_reward_is_given_up_and_no_stock_moves(fresh):
    pledge = pledged(fresh, fresh.campaign([1]), None)
    with fresh.inside():
        assert leave(db.session.get_one(Pledge, pledge.id)) == "canceled"
    assert fresh.differences() == []


def test_a_way_to_pay_that_stripe_leaves_out_in_silence_is_told_to_the_log(later_ways, monkeypatch):
    stripe = gateway_of(later_ways)
    known = stripe.open_checkout
    monkeypatch.setattr(stripe, "open_checkout", lambda order: replace(known(order), methods=("card",)))
    with capture_logs() as logged:
        pledged(later_ways, later_ways.campaign([1]))
    (said,) = (line for line in logged if line["event"] == "methods_not_offered")
    assert (said["asked"], said["offered"]) == (["card", "konbini", "bank"], ["card"])


def test_news_of_a_code_that_come_when_it_has_run_out_end_the_pledge_once(later_ways):
    pledge = waits(later_ways)
    (told,) = (event for event in later_ways.events() if event["type"] == "checkout.session.completed")
    later_ways.later(days=10)
    assert later_ways.deliver(told) == 200
    assert status_of(later_ways, pledge) == "expired"
    assert later_ways.differences() == []
