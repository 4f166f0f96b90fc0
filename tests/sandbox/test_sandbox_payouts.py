"""Payouts, and the lists that reconciling walks through."""

import pytest
import stripe

from fundsite.sandbox.catalogue import SHAPES, misfits


@pytest.fixture
def charges(opened, pay, client, eventually):
    """Pay so many sessions by card and wait for the fees."""

    def charges(number):
        for _ in range(number):
            pay(opened())
        entries = client.v1.balance_transactions
        eventually(lambda: len(entries.list({"type": "charge", "limit": 100}).data) == number)
        return client.v1.charges.list({"limit": 100}).data

    return charges


def test_a_payout_is_made_of_what_became_available(charges, client, door, eventually):
    charges(2)
    assert "nothing to pay out" in door("POST", "payouts")["error"]
    door("POST", "clock", {"days": 5, "seconds": 5})
    assert client.v1.balance.retrieve().available[0].amount == 2 * 2892
    payout = door("POST", "payouts")
    assert (payout["amount"], payout["automatic"], payout["currency"]) == (2 * 2892, True, "jpy")
    entries = client.v1.balance_transactions.list({"payout": payout["id"]}).data
    assert sorted((entry.type, entry.net) for entry in entries) == [
        ("charge", 2892),
        ("charge", 2892),
        ("payout", -5784),
    ]
    eventually(lambda: client.v1.payouts.retrieve(payout["id"]).status == "paid")
    assert client.v1.events.list({"type": "payout.*"}).data[0].type == "payout.paid"
    assert client.v1.balance.retrieve().available[0].amount == 0
    assert len(client.v1.payouts.list({"status": "paid"}).data) == 1
    assert "nothing to pay out" in door("POST", "payouts")["error"]


def test_what_one_payout_took_along_is_no_part_of_the_next(opened, pay, charges, client, door, eventually):
    charges(1)
    first = door("POST", "payouts", {"everything": True})
    pay(opened())
    eventually(lambda: len(client.v1.balance_transactions.list({"type": "charge"}).data) == 2)
    second = door("POST", "payouts", {"everything": True})
    made_of = [
        {entry.id for entry in client.v1.balance_transactions.list({"payout": one["id"]})} for one in (first, second)
    ]
    assert [len(entries) for entries in made_of] == [2, 2]
    assert not made_of[0] & made_of[1]


def test_a_payout_need_not_wait_and_carries_refunds_too(charges, client, door):
    (charge,) = charges(1)
    client.v1.refunds.create({"charge": charge.id, "amount": 1000})
    assert door("POST", "payouts", {"everything": True})["amount"] == 1892
    balance = client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (0, 0)


def test_a_payout_by_hand_takes_no_more_than_there_is(charges, client, door):
    charges(1)
    with pytest.raises(stripe.InvalidRequestError, match="insufficient funds"):
        client.v1.payouts.create({"amount": 1000, "currency": "jpy"})
    door("POST", "clock", {"days": 6})
    made = client.v1.payouts.create({"amount": 1000, "currency": "jpy", "metadata": {"a": "1"}})
    assert (made.automatic, made.status) == (False, "pending")
    assert client.v1.balance.retrieve().available[0].amount == 1892


def test_a_list_is_walked_from_page_to_page_in_both_directions(charges, client):
    made = [charge.id for charge in charges(5)]
    first = client.v1.charges.list({"limit": 2})
    assert ([charge.id for charge in first.data], first.has_more) == (made[:2], True)
    second = client.v1.charges.list({"limit": 2, "starting_after": made[1]})
    assert [charge.id for charge in second.data] == made[2:4]
    back = client.v1.charges.list({"limit": 2, "ending_before": made[2]})
    assert [charge.id for charge in back.data] == made[:2]
    assert [charge.id for charge in first.auto_paging_iter()] == made
    expanded = client.v1.charges.list({"limit": 1, "expand": ["data.balance_transaction", "data.payment_intent"]}).data
    assert (expanded[0].balance_transaction.fee, expanded[0].payment_intent.status) == (108, "succeeded")


LISTS = {
    "checkout.sessions": "checkout.session",
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "customers": "customer",
    "events": "event",
    "balance_transactions": "balance_transaction",
    "payouts": "payout",
    "setup_intents": "setup_intent",
    "payment_methods": "payment_method",
}


@pytest.fixture
def everything(order, pay, client, door, charges):
    """Leave at least one object of each kind in the sandbox."""
    disputed, refunded = charges(2)
    client.v1.refunds.create({"charge": refunded.id})
    door("POST", f"payments/{disputed.id}/dispute")
    line = {
        "currency": "jpy",
        "unit_amount": 9000,
        "product_data": {"name": "月々"},
        "recurring": {"interval": "month"},
    }
    create = client.v1.checkout.sessions.create
    pay(create(order(mode="subscription", line_items=[{"price_data": line, "quantity": 1}])))
    customer = client.v1.customers.create({"email": "hanako@example.org"})
    pay(create({"mode": "setup", "currency": "jpy", "customer": customer.id, "success_url": "https://example.org"}))
    pay(create(order(allowed_payment_method_types=["konbini"])), method="konbini")
    door("POST", f"customers/{customer.id}/transfer", {"amount": 100})
    client.v1.billing_portal.sessions.create({"customer": customer.id})
    door("POST", "clock", {"days": 40})
    door("POST", "payouts")


def test_every_kind_is_listed_by_time_and_looks_as_stripe_says(everything, client, sandbox, door):
    for name, kind in LISTS.items():
        service = client.v1
        for part in name.split("."):
            service = getattr(service, part)
        found = service.list({"limit": 1}).data
        assert [one.object for one in found] == [kind], name
    now = door("GET", "clock")["now"]
    for service in (client.v1.payment_intents, client.v1.events, client.v1.subscriptions, client.v1.invoices):
        assert service.list({"created": {"gt": now + 1}}).data == []
        assert service.list({"created": {"gte": 0, "lte": now + 1}}).data
    box, _ = sandbox.app.extensions["sandbox"]
    wrong = {}
    for row in box.store.execute("SELECT DISTINCT kind, id FROM objects"):
        body = box.store.get(row["id"])
        assert body["object"] in SHAPES
        if faults := misfits(body["object"], body):
            wrong[body["object"]] = faults
    assert wrong == {}


def test_a_filter_that_the_sandbox_does_not_know_is_said(client):
    with pytest.raises(stripe.InvalidRequestError, match="does not know how to filter by `transfer_group`"):
        client.v1.charges.list({"transfer_group": "x"})


def test_the_books_hold_every_movement(everything, door):
    books = door("GET", "books")
    assert {name for name, lines in books.items() if not lines} == set()
    assert sum(line["net"] for line in books["balance_transactions"] if line["type"] == "charge") == 2 * 2892 + 2 * 8676
