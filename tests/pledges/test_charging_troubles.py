"""Saved cards when Stripe answers late, twice or not at all, and when two things happen at once: charged once."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.payments.gateway import GatewayRefused, GatewayUnavailable
from fundsite.pledges.declines import MOST_CHARGES, session_over
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.promised import charging
from fundsite.pledges.promised.charging import charge_due
from fundsite.pledges.promised.paying_again import pay_again
from fundsite.pledges.promised.saving import forget_card, withdraw
from fundsite.pledges.service import CheckoutUnavailable
from support.people import (
    BEARER,
    CARD,
    change,
    comes_back,
    faults,
    gateway_of,
    pays,
    pledged,
    present,
    status_of,
)

REFUSED_LATER = "4000000000000341"


@pytest.fixture
def promised(fresh):
    """Return what makes a promise in a campaign that then reaches its goal."""
    campaign = fresh.campaign([10], funding="all_or_nothing")

    def one(card=CARD, *, reached=True):
        pledge = pledged(fresh, campaign)
        pays(fresh, pledge, card=card)
        assert comes_back(fresh, pledge).status == "promised"
        if reached:
            figures = {"closed_raised": 3_000, "closed_backers": 1}
            change(fresh, update(Campaign).values(closed_at=fresh.now(), closed_reached=True, **figures))
        return present(fresh, Pledge.id == pledge.id)

    return one


@pytest.fixture
def declined(fresh, promised):
    pledge = promised(REFUSED_LATER)
    charge(fresh)
    assert status_of(fresh, pledge) == "declined"
    return pledge


def charge(world):
    with world.inside():
        charge_due()


def meanwhile(monkeypatch, name, act):
    """Let something happen once, right after `charging` has asked `name`."""
    known, done = getattr(charging, name), []

    def asked(*args, **kwargs):
        found = known(*args, **kwargs)
        if not done:
            done.append(True)
            act()
        return found

    monkeypatch.setattr(charging, name, asked)


def charges_at_stripe(world, status=None):
    rows = world.wire.get("/_sandbox/books").json["payment_intents"]
    return len([row for row in rows if status in (None, row["status"])])


def cards_tried(world):
    with world.inside():
        return db.session.scalar(select(func.count(Payment.id)).where(Payment.purpose == "saved_card"))


def test_a_charge_that_stripe_is_still_working_on_is_looked_at_and_not_made_again(fresh, promised, monkeypatch):
    pledge, stripe = promised(), gateway_of(fresh)
    known = stripe.charge
    with monkeypatch.context() as patch:
        patch.setattr(stripe, "charge", lambda order: replace(known(order), status="waiting", received=0, movements=()))
        charge(fresh)
    assert status_of(fresh, pledge) == "promised"
    fresh.later(minutes=2)
    charge(fresh)
    assert status_of(fresh, pledge) == "paid"
    assert charges_at_stripe(fresh) == 1
    assert fresh.differences() == []


def test_a_retry_whose_request_was_lost_is_made_once_whatever_else_the_card_paid(fresh, declined):
    customer = present(fresh, Pledge.id == declined.id).customer_id
    elsewhere = {"amount": "500", "currency": "jpy", "customer": customer}
    assert fresh.wire.post("/v1/payment_intents", data=elsewhere, headers=BEARER).status_code == 200
    fresh.later(days=1, minutes=1)
    fresh.luck = ["request lost"]
    with pytest.raises(GatewayUnavailable):
        charge(fresh)
    fresh.later(minutes=2)
    charge(fresh)
    assert cards_tried(fresh) == 2
    assert charges_at_stripe(fresh) == 3, "two charges of ours and what somebody else asked for"


def test_a_charge_that_another_worker_makes_at_this_moment_is_left_to_it(fresh, promised):
    pledge = promised()
    faults(fresh, {"match": "POST /v1/payment_intents", "status": 409})
    charge(fresh)
    assert status_of(fresh, pledge) == "promised"
    faults(fresh)
    fresh.later(minutes=2)
    charge(fresh)
    assert status_of(fresh, pledge) == "paid"
    assert charges_at_stripe(fresh) == 1


def test_a_decline_that_names_no_payment_is_no_decline_of_ours_and_is_tried_again(fresh, promised):
    pledge = promised()
    faults(fresh, {"match": "POST /v1/payment_intents", "status": 402, "code": "card_declined"})
    charge(fresh)
    assert status_of(fresh, pledge) == "promised"
    faults(fresh)
    fresh.later(minutes=61)
    charge(fresh)
    assert status_of(fresh, pledge) == "paid"


def test_nobody_pays_again_while_the_card_is_being_charged(fresh, declined):
    fresh.later(days=1, minutes=1)
    fresh.luck = ["reply lost"]
    with pytest.raises(GatewayUnavailable):
        charge(fresh)
    with fresh.inside(), pytest.raises(CheckoutUnavailable):
        pay_again(declined.id)
    fresh.later(minutes=2)
    charge(fresh)
    with fresh.inside():
        assert "/c/pay/" in pay_again(declined.id)


def opens_the_page(world, pledge):
    def act():
        pay_again(pledge.id)

    return act


def test_somebody_who_begins_to_pay_right_before_the_retry_is_not_charged_twice(fresh, declined, monkeypatch):
    fresh.later(days=1, minutes=1)
    meanwhile(monkeypatch, "_is_over", opens_the_page(fresh, declined))
    charge(fresh)
    assert cards_tried(fresh) == 1
    pays(fresh, present(fresh, Pledge.id == declined.id))
    assert comes_back(fresh, declined).status == "paid"
    assert charges_at_stripe(fresh, "succeeded") == 1
    assert fresh.differences() == []


def test_somebody_who_begins_to_pay_in_the_last_moment_keeps_the_reward(fresh, declined, monkeypatch):
    for _ in range(MOST_CHARGES - 1):
        fresh.later(days=2, minutes=1)
        charge(fresh)
    assert cards_tried(fresh) == MOST_CHARGES
    meanwhile(monkeypatch, "_is_over", opens_the_page(fresh, declined))
    fresh.later(days=2)
    charge(fresh)
    assert status_of(fresh, declined) == "declined"
    pays(fresh, present(fresh, Pledge.id == declined.id))
    assert comes_back(fresh, declined).status == "paid"
    assert fresh.differences() == []


def test_news_of_a_decline_that_come_after_the_money_change_nothing(fresh, declined):
    with fresh.inside():
        pay_again(declined.id)
    pays(fresh, present(fresh, Pledge.id == declined.id))
    assert comes_back(fresh, declined).status == "paid"
    (failed,) = (event for event in fresh.events() if event["type"] == "payment_intent.payment_failed")
    assert fresh.deliver(failed) == 200
    assert status_of(fresh, declined) == "paid"
    assert fresh.differences() == []


def test_the_end_of_a_page_for_paying_again_counts_once_however_often_it_is_told(fresh, declined):
    with fresh.inside():
        pay_again(declined.id)
    session_id = present(fresh, Pledge.id == declined.id).checkout_session_id
    assert fresh.wire.post(f"/v1/checkout/sessions/{session_id}/expire", headers=BEARER).status_code == 200
    first = comes_back(fresh, declined)
    (expired,) = (event for event in fresh.events() if event["type"] == "checkout.session.expired")
    assert fresh.deliver(expired) == 200
    again = present(fresh, Pledge.id == declined.id)
    assert (again.status, again.next_look_at) == ("declined", first.next_look_at)


def test_a_refusal_for_a_page_that_was_ended_meanwhile_ends_no_other(fresh, declined, monkeypatch):
    def refused(_order):
        with transaction() as session:
            session_over(session, session.get_one(Pledge, declined.id))
        raise GatewayRefused("expires_at")

    with monkeypatch.context() as patch, fresh.inside():
        patch.setattr(gateway_of(fresh), "open_checkout", refused)
        with pytest.raises(CheckoutUnavailable):
            pay_again(declined.id)
    with fresh.inside():
        assert "/c/pay/" in pay_again(declined.id)


def test_a_saved_card_that_is_told_of_again_is_one_promise(fresh, promised):
    pledge = promised(reached=False)
    (told,) = (event for event in fresh.events() if event["type"] == "checkout.session.completed")
    assert fresh.deliver(told) == 200
    assert status_of(fresh, pledge) == "promised"
    assert fresh.differences() == []


def test_a_card_is_taken_from_stripe_once(fresh, promised):
    pledge = promised(reached=False)
    with fresh.inside():
        withdraw(pledge.id)
    assert present(fresh, Pledge.id == pledge.id).saved_card_id is None
    fresh.luck = ["request lost"]
    with fresh.inside():
        forget_card(pledge.id)
    assert fresh.luck == ["request lost"], "Stripe was not asked again"
