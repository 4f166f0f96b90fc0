"""Monthly support when others are faster, when Stripe has ended it already, and what nobody here knows of."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from fundsite.db import db, transaction
from fundsite.payments.gateway import GatewayBusy
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.monthly.acts import PortalUnavailable, card_page, stop
from fundsite.pledges.monthly.following import follow
from fundsite.pledges.monthly.models import MonthlySupport
from support.people import BEARER, comes_back, gateway_of, pays, pledged, present, status_of


@pytest.fixture
def world(one_world):
    one_world.fresh()
    return one_world


def signed_up(world):
    """Return the pledge of a supporter whose first month is paid."""
    pledge = pledged(world, world.campaign([3], funding="monthly"))
    pays(world, pledge)
    assert comes_back(world, pledge).status == "active"
    return present(world, Pledge.id == pledge.id)


def subscribed(world, reference):
    """Open and pay a subscription with our marks that we did not open; return its id."""
    marks = {"fundsite_reference": reference, "fundsite_site": "localhost"}
    wanted = {
        "mode": "subscription",
        "success_url": "https://other.example/",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "jpy",
        "line_items[0][price_data][unit_amount]": "700",
        "line_items[0][price_data][product_data][name]": "Mug",
        "line_items[0][price_data][recurring][interval]": "month",
    }
    for name, value in marks.items():
        wanted |= {f"metadata[{name}]": value, f"subscription_data[metadata][{name}]": value}
    reply = world.wire.post("/v1/checkout/sessions", data=wanted, headers=BEARER)
    assert reply.status_code == 200, reply.text
    session_id = reply.json["id"]
    assert world.door(f"sessions/{session_id}/pay", {"card": "4242424242424242"})
    return world.wire.get(f"/v1/checkout/sessions/{session_id}", headers=BEARER).json["subscription"]


def test_a_subscription_for_a_pledge_that_is_not_here_is_named_and_its_deliveries_change_nothing(world):
    pledge = signed_up(world)
    strange = subscribed(world, "GONE-0001")
    told = [world.deliver(event) for event in world.events()]
    assert set(told) == {200}
    lines = world.reconcile().unexplained
    assert f"subscription {strange}: for GONE-0001, which is no pledge here" in lines
    assert [found.id for found in world.pledges()] == [pledge.id]
    assert world.differences() == []


def test_a_second_subscription_for_one_pledge_is_named_and_not_taken_for_it(world):
    pledge = signed_up(world)
    second = subscribed(world, pledge.reference)
    lines = world.reconcile().unexplained
    assert f"subscription {second}: pledge {pledge.reference} has {pledge.subscription_id}" in lines
    assert present(world, Pledge.id == pledge.id).subscription_id == pledge.subscription_id


def test_a_subscription_whose_first_month_is_not_paid_begins_nothing(world, monkeypatch):
    pledge, stripe = pledged(world, world.campaign([3], funding="monthly")), gateway_of(world)
    pays(world, pledge)
    known = stripe.subscription
    with monkeypatch.context() as patch:
        patch.setattr(stripe, "subscription", lambda number: replace(known(number), invoices=(), status="unsettled"))
        assert comes_back(world, pledge).status == "pending"
    assert comes_back(world, pledge).status == "active"
    assert world.differences() == []


def test_whoever_looks_at_a_subscription_when_others_are_faster_each_time_leaves_it_to_them(world, monkeypatch):
    pledge, stripe = signed_up(world), gateway_of(world)
    known = stripe.subscription

    def others_first(number):
        state = known(number)
        with transaction() as session:
            session.execute(update(MonthlySupport).values(applied=MonthlySupport.applied + 1))
        return state

    monkeypatch.setattr(stripe, "subscription", others_first)
    with world.inside(), pytest.raises(GatewayBusy):
        follow(pledge.subscription_id, "test")
    assert status_of(world, pledge) == "active"


def test_stopping_what_stripe_has_ended_already_is_one_end(world):
    pledge = signed_up(world)
    address = f"/v1/subscriptions/{pledge.subscription_id}"
    assert world.wire.delete(address, headers=BEARER).status_code == 200
    with world.inside():
        stop(pledge.id)
    assert status_of(world, pledge) == "ended"
    assert world.differences() == []


def test_an_invoice_that_comes_without_its_payments_is_completed(world, monkeypatch):
    pledge, stripe = pledged(world, world.campaign([3], funding="monthly")), gateway_of(world)
    pays(world, pledge)
    known = stripe._walk

    def without_payments(call):
        for found in known(call):
            yield {**found, "payments": None} if found.get("object") == "invoice" else found

    monkeypatch.setattr(stripe, "_walk", without_payments)
    assert comes_back(world, pledge).status == "active"
    with world.inside():
        assert db.session.scalar(select(Payment.status)) == "paid"


def test_there_is_no_page_for_another_card_once_the_support_has_ended(world):
    pledge = signed_up(world)
    with world.inside():
        assert "http" in card_page(pledge)
    assert world.wire.delete(f"/v1/subscriptions/{pledge.subscription_id}", headers=BEARER).status_code == 200
    world.reconcile()
    with world.inside(), pytest.raises(PortalUnavailable):
        card_page(present(world, Pledge.id == pledge.id))
