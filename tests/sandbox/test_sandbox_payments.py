"""Paying and giving back: objects, amounts and events."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


def types(client):
    return [event.type for event in client.v1.events.list({"limit": 100}).data][::-1]


@pytest.fixture
def paid(opened, client, pay, eventually):
    """Pay a session with a card and wait for its fee; return the charge."""

    def paid(card="4242424242424242"):
        session = opened()
        pay(session, card)
        return eventually(
            lambda: next((c for c in client.v1.charges.list().data if c.balance_transaction), None)
        )

    return paid


def test_a_payment_leaves_an_intent_a_charge_and_four_events(opened, client, pay, receiver, eventually):
    session = opened(payment_intent_data={"metadata": {"pledge": "7"}, "statement_descriptor_suffix": "FS7"})
    assert pay(session, email="hanako@example.org", name="HANAKO")["outcome"] == "succeeded"
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert (done.customer_details.email, done.customer_details.name) == ("hanako@example.org", "HANAKO")
    intent, charge = done.payment_intent, done.payment_intent.latest_charge
    assert (intent.status, intent.amount_received) == ("succeeded", 3000)
    assert (charge.paid, charge.captured, charge.amount) == (True, True, 3000)
    assert charge.metadata.to_dict() == intent.metadata.to_dict() == {"pledge": "7"}
    assert charge.calculated_statement_descriptor == "SANDBOX* FS7"
    assert charge.payment_method_details.card.last4 == "4242"
    eventually(lambda: types(client) == [*PAID, "charge.updated"])
    eventually(lambda: sorted(receiver.types()) == sorted([*PAID, "charge.updated"]))


def test_fee_and_net_come_after_the_charge(opened, client, pay, eventually):
    pay(opened())
    eventually(lambda: "charge.updated" in types(client))
    by_type = {event.type: event.data for event in client.v1.events.list().data}
    assert by_type["charge.succeeded"].object.balance_transaction is None
    updated = by_type["charge.updated"]
    assert updated.object.balance_transaction.startswith("txn_")
    assert updated.previous_attributes.to_dict() == {"balance_transaction": None}
    entries = client.v1.balance_transactions.list({"source": updated.object.id}).data
    assert [(entry.amount, entry.fee, entry.net, entry.type) for entry in entries] == [
        (3000, 108, 2892, "charge")
    ]


def test_a_decline_leaves_the_session_open_for_another_card(opened, client, pay):
    session = opened()
    declined = pay(session, "4000000000009995")
    assert (declined["outcome"], declined["decline_code"]) == ("declined", "insufficient_funds")
    intent = client.v1.payment_intents.retrieve(declined["session"]["payment_intent"])
    assert (intent.status, intent.last_payment_error.decline_code) == (
        "requires_payment_method",
        "insufficient_funds",
    )
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert pay(session)["outcome"] == "succeeded"
    assert [charge.status for charge in client.v1.charges.list({"payment_intent": intent.id})] == [
        "succeeded",
        "failed",
    ]
    assert types(client)[:3] == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_a_card_outside_the_test_cards_is_declined_and_not_kept(opened, pay, sandbox):
    assert pay(opened(), "4111111111111111")["decline_code"] == "test_mode_live_card"
    box, _ = sandbox.app.extensions["sandbox"]
    assert not box.store.execute("SELECT 1 FROM objects WHERE hidden || body LIKE '%4111111111111111%'")


def test_authentication_passed_pays_and_failed_does_not(opened, pay, client):
    session = opened()
    failed = pay(session, "4000000000003220", authenticate=False)
    assert (failed["outcome"], failed["decline_code"]) == ("declined", "authentication_failure")
    assert client.v1.charges.list().data == []
    assert pay(session, "4000000000003220")["outcome"] == "succeeded"


def test_an_attempt_that_never_ended_is_canceled_with_its_session(opened, pay, client):
    session = opened()
    waiting = pay(session, "4000000000003220", authenticate=None)
    assert waiting["outcome"] == "requires_action"
    client.v1.checkout.sessions.expire(session.id)
    assert client.v1.payment_intents.retrieve(waiting["session"]["payment_intent"]).status == "canceled"


def test_paying_ten_times_at_once_charges_once(opened, pay, client):
    session = opened()
    with ThreadPoolExecutor(10) as pool:
        outcomes = [result["outcome"] for result in pool.map(lambda _: pay(session), range(10))]
    assert outcomes == ["succeeded"] * 10
    assert len(client.v1.charges.list().data) == 1


def test_an_expired_session_cannot_be_paid(opened, pay, client):
    session = opened()
    client.v1.checkout.sessions.expire(session.id)
    assert "expired" in pay(session)["error"]


def test_a_customer_is_made_when_the_session_asks_for_one(opened, pay, client):
    pay(opened(customer_creation="always"), email="hanako@example.org")
    made = client.v1.customers.list({"email": "hanako@example.org"}).data
    assert client.v1.checkout.sessions.list({"customer": made[0].id}).data[0].status == "complete"


def test_a_known_customer_pays_under_their_own_address(client, order, pay):
    customer = client.v1.customers.create(
        {"email": "hanako@example.org", "name": "花子", "metadata": {"a": ""}}
    )
    assert customer.metadata.to_dict() == {}
    session = client.v1.checkout.sessions.create(order(customer=customer.id))
    assert (
        pay(session, email="other@example.org")["session"]["customer_details"]["email"]
        == "hanako@example.org"
    )


def test_refunds_come_in_parts_and_never_exceed_the_charge(paid, client, eventually):
    charge = paid()
    first = client.v1.refunds.create({"charge": charge.id, "amount": 1000, "metadata": {"why": "欠品"}})
    assert (first.status, first.amount, first.payment_intent) == ("succeeded", 1000, charge.payment_intent)
    with pytest.raises(stripe.InvalidRequestError, match=r"\(2500\) is greater than .* \(2000\)"):
        client.v1.refunds.create({"charge": charge.id, "amount": 2500})
    rest = client.v1.refunds.create({"payment_intent": charge.payment_intent})
    assert rest.amount == 2000
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"charge": charge.id})
    assert refusal.value.code == "charge_already_refunded"
    whole = client.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert (whole.refunded, whole.amount_refunded) == (True, 3000)
    assert [refund.id for refund in whole.refunds.data] == [rest.id, first.id]
    entry = client.v1.balance_transactions.retrieve(rest.balance_transaction)
    assert (entry.amount, entry.fee, entry.net) == (-2000, 0, -2000)
    eventually(lambda: types(client).count("refund.updated") == 2)
    assert types(client).count("charge.refunded") == types(client).count("refund.created") == 2


def test_a_refund_can_wait_and_a_refund_can_fail(paid, client, eventually):
    slow = client.v1.refunds.create({"charge": paid("4000000000007726").id})
    assert (slow.status, slow.pending_reason) == ("pending", "processing")
    eventually(lambda: client.v1.refunds.retrieve(slow.id).status == "succeeded")


def test_a_failed_refund_puts_the_money_back_on_the_account(paid, client, eventually):
    charge = paid("4000000000005126")
    refund = client.v1.refunds.create({"charge": charge.id})
    assert refund.status == "succeeded"
    failed = eventually(
        lambda: next((r for r in client.v1.refunds.list().data if r.status == "failed"), None)
    )
    assert failed.failure_balance_transaction
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 0
    assert client.v1.balance.retrieve().pending[0].amount == 2892


@pytest.mark.parametrize("params", [{}, {"charge": "ch_none"}, {"amount": 100}])
def test_a_refund_needs_something_to_refund(params, client):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create(params)


def test_an_unpaid_intent_has_nothing_to_refund(opened, pay, client):
    intent = pay(opened(), "4000000000000002")["session"]["payment_intent"]
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        client.v1.refunds.create({"payment_intent": intent})


def test_events_can_be_listed_by_type_and_family(paid, client):
    paid()
    assert {event.type for event in client.v1.events.list({"type": "charge.*"})} == {
        "charge.succeeded",
        "charge.updated",
    }
    both = client.v1.events.list({"types": ["charge.updated", "payment_intent.created"]}).data
    assert [event.type for event in both] == ["charge.updated", "payment_intent.created"]


def test_the_books_show_every_session_charge_and_refund(paid, client, door):
    charge = paid()
    client.v1.refunds.create({"charge": charge.id, "amount": 500})
    books = door("GET", "books")
    assert [session["payment_status"] for session in books["sessions"]] == ["paid"]
    assert [(one["amount"], one["amount_refunded"], one["fee"]) for one in books["charges"]] == [
        (3000, 500, 108)
    ]
    assert [(one["amount"], one["charge"]) for one in books["refunds"]] == [(500, charge.id)]
