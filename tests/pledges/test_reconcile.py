"""Walking through Stripe's lists: what is missing is applied, what is strange is named, what is refused is left out."""

import pytest
from sqlalchemy import update

from fundsite.payments.gateway import GatewayUnavailable
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.reconcile import reconcile
from support.people import (
    BEARER,
    change,
    comes_back,
    faults,
    pays,
    pledged,
    present,
    somebody_elses,
    status_of,
)
from support.world import BEGINNING

OURS = {"fundsite_reference": "GONE-0001", "fundsite_site": "localhost"}
LISTS = ["refunds", "disputes", "subscriptions", "invoices", "events", "payouts"]


def refuse(world, path):
    faults(world, {"match": f"GET /v1/{path}", "status": 403})


def refunds_in_the_dashboard(world, amount):
    intent = next(row["data"]["object"] for row in world.events() if row["type"] == "payment_intent.succeeded")
    reply = world.wire.post("/v1/refunds", data={"payment_intent": intent["id"], "amount": amount}, headers=BEARER)
    assert reply.status_code == 200, reply.text
    return intent["id"]


def test_a_site_to_which_nobody_pledged_has_nothing_to_compare(fresh):
    somebody_elses(fresh)
    found = fresh.reconcile()
    assert (found.looked_at, found.applied, found.unexplained) == (0, [], [])


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_the_key_may_not_read_keeps_reconcile_from_nothing_else(fresh, name):
    campaign = fresh.campaign([3])
    pledge = pledged(fresh, campaign)
    change(fresh, update(Pledge).values(customer_id="cus_ours"))  # so that transfers are asked for, too
    pays(fresh, pledge)
    refuse(fresh, name)
    found = fresh.reconcile()
    assert present(fresh, Pledge.id == pledge.id).status == "paid"
    assert [line for line in found.applied if pledge.reference in line]
    assert found.unexplained == []
    assert fresh.differences() == []


def test_a_service_that_is_away_ends_the_walk_and_what_was_applied_stays(fresh):
    pledge = pledged(fresh, fresh.campaign([3]))
    pays(fresh, pledge)
    faults(fresh, {"match": "GET /v1/refunds", "status": 503})
    with pytest.raises(GatewayUnavailable), fresh.inside():
        reconcile()
    assert present(fresh, Pledge.id == pledge.id).status == "paid"


def test_what_other_programs_sell_on_the_same_account_is_left_alone(fresh):
    pledged(fresh, fresh.campaign([3]))
    sold = somebody_elses(fresh)
    assert fresh.door(f"sessions/{sold['id']}/pay", {"card": "4242424242424242"})
    found = fresh.reconcile()
    assert (found.applied, found.unexplained) == ([], [])


def test_what_is_paid_for_a_pledge_that_is_not_here_is_named_and_what_is_unpaid_is_not(fresh):
    pledged(fresh, fresh.campaign([3]))
    somebody_elses(fresh, **OURS)
    assert fresh.reconcile().unexplained == []
    declined = somebody_elses(fresh, **OURS)
    assert fresh.door(f"sessions/{declined['id']}/pay", {"card": "4000000000000002"})
    assert fresh.reconcile().unexplained == []
    paid = somebody_elses(fresh, **OURS)
    assert fresh.door(f"sessions/{paid['id']}/pay", {"card": "4242424242424242"})
    lines = fresh.reconcile().unexplained
    assert f"session {paid['id']}: paid for GONE-0001, which is no pledge here" in lines
    assert any("700 JPY for GONE-0001, which is no pledge here" in line for line in lines)
    assert len(lines) == 2


def test_what_was_given_back_or_transferred_for_others_is_left_alone(later_ways):
    pledge = pledged(later_ways, later_ways.campaign([3]))
    pays(later_ways, pledge, method="customer_balance")
    later_ways.reconcile()
    theirs = somebody_elses(later_ways, **OURS)
    assert later_ways.door(f"sessions/{theirs['id']}/pay", {"card": "4242424242424242"})
    refunds_in_the_dashboard(later_ways, 500)
    stranger = later_ways.wire.post("/v1/customers", data={"email": "taro@example.jp"}, headers=BEARER).json["id"]
    assert later_ways.door(f"customers/{stranger}/transfer", {"amount": 900, "currency": "jpy"})
    found = later_ways.reconcile()
    assert not [line for line in found.unexplained if "GONE-0001" not in line]
    assert found.applied == []
    assert status_of(later_ways, pledge) == "waiting"
    assert later_ways.differences() == []


def test_a_refund_of_a_payment_that_cannot_be_looked_at_changes_nothing_until_it_can(fresh):
    pledge = pledged(fresh, fresh.campaign([3]))
    pays(fresh, pledge)
    fresh.reconcile()
    intent = refunds_in_the_dashboard(fresh, 500)
    change(fresh, update(Payment).values(created_at=BEGINNING))
    refuse(fresh, f"payment_intents/{intent}")
    fresh.reconcile()
    faults(fresh)
    fresh.reconcile()
    assert present(fresh, Pledge.id == pledge.id).refunded == 500
    assert fresh.differences() == []


def test_a_payment_that_stripe_does_not_know_is_named(fresh):
    pledge = pledged(fresh, fresh.campaign([3]))
    pays(fresh, pledge)
    fresh.reconcile()
    change(fresh, update(Payment).values(intent_id="pi_lost"))
    fresh.later(hours=2)
    lines = [line for line in fresh.reconcile().unexplained if "pi_lost" in line]
    assert lines == [f"pledge {pledge.reference}: Stripe knows no payment pi_lost"]


def test_lists_are_walked_to_their_end_however_short_a_page_is(fresh, monkeypatch):
    monkeypatch.setattr("fundsite.payments.stripe_gateway.PAGE", 1)
    campaign = fresh.campaign([3])
    pledges = [pledged(fresh, campaign) for _ in range(3)]
    for pledge in pledges:
        pays(fresh, pledge)
    fresh.reconcile()
    assert [pledge.status for pledge in fresh.pledges()] == ["paid"] * 3


def test_a_pledge_whose_payment_cannot_be_looked_at_is_named_and_the_others_are_applied(later_ways):
    campaign = later_ways.campaign([3])
    awaited, paid = pledged(later_ways, campaign), pledged(later_ways, campaign)
    pays(later_ways, awaited, method="konbini")
    pays(later_ways, paid)
    refuse(later_ways, "payment_intents/*")
    lines = later_ways.reconcile().unexplained
    assert len(lines) == 1
    assert lines[0].startswith(f"pledge {awaited.reference}: PermissionError")
    assert status_of(later_ways, paid) == "paid"
    assert status_of(later_ways, awaited) == "waiting", "the list of payments says as much"


def test_an_account_at_stripe_that_cannot_be_looked_at_is_named(later_ways):
    pledge = pledged(later_ways, later_ways.campaign([3]))
    pays(later_ways, pledge, method="customer_balance")
    customer = comes_back(later_ways, pledge).customer_id
    assert later_ways.door(f"customers/{customer}/transfer", {"amount": 5_000, "currency": "jpy"})
    refuse(later_ways, "customers/*/cash_balance")
    lines = later_ways.reconcile().unexplained
    assert [line for line in lines if line.startswith(f"customer {customer}: PermissionError")]
