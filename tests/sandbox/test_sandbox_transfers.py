"""Bank transfers: whole, short and over, and the customer's balance between them."""

import pytest
import requests
import stripe

TRANSFER = {
    "allowed_payment_method_types": ["customer_balance"],
    "payment_method_options": {
        "customer_balance": {"funding_type": "bank_transfer", "bank_transfer": {"type": "jp_bank_transfer"}}
    },
}


@pytest.fixture
def customer(client):
    return client.v1.customers.create({"email": "hanako@example.org", "name": "花子"})


@pytest.fixture
def waiting(opened, pay, client, customer):
    """Choose the transfer on a session's page; return the session and its waiting intent."""

    def waiting(**changes):
        result = pay(opened(customer=customer.id, **(TRANSFER | changes)), method="customer_balance")
        session = client.v1.checkout.sessions.retrieve(result["session"]["id"])
        return session, client.v1.payment_intents.retrieve(session.payment_intent)

    return waiting


def types(client):
    return [event.type for event in client.v1.events.list({"limit": 100}).data][::-1]


def remaining(intent):
    return intent.next_action.display_bank_transfer_instructions.amount_remaining


def test_a_transfer_says_where_to_send_how_much(waiting):
    session, intent = waiting()
    assert (session.status, session.payment_status, intent.status) == ("complete", "unpaid", "requires_action")
    details = intent.next_action.display_bank_transfer_instructions
    assert (details.amount_remaining, details.currency, details.type) == (3000, "jpy", "jp_bank_transfer")
    (address,) = details.financial_addresses
    assert (address.type, address.supported_networks) == ("zengin", ["zengin"])
    assert address.zengin.account_number.isdecimal()
    assert details.reference
    assert details.hosted_instructions_url.endswith(session.id)


def test_the_whole_amount_pays(waiting, client, door, customer):
    session, intent = waiting()
    assert door("POST", f"payments/{session.id}/transfer")["status"] == "succeeded"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    expand = {"expand": ["latest_charge.balance_transaction"]}
    booked = client.v1.payment_intents.retrieve(intent.id, expand).latest_charge.balance_transaction
    assert (booked.amount, booked.fee, booked.type) == (3000, 50, "payment")
    moves = client.v1.customers.cash_balance_transactions.list(customer.id).data
    assert [(move.type, move.net_amount, move.ending_balance) for move in moves] == [
        ("applied_to_payment", -3000, 0),
        ("funded", 3000, 3000),
    ]
    assert types(client)[-5:] == [
        "customer_cash_balance_transaction.created",
        "customer_cash_balance_transaction.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]


def test_too_little_funds_in_part_and_the_rest_completes(waiting, client, door):
    session, intent = waiting()
    door("POST", f"payments/{session.id}/transfer", {"amount": 1200})
    assert types(client)[-1] == "payment_intent.partially_funded"
    short = client.v1.payment_intents.retrieve(intent.id)
    assert (short.status, remaining(short), short.amount_received) == ("requires_action", 1800, 0)
    door("POST", f"payments/{session.id}/transfer", {"amount": 1800})
    assert client.v1.payment_intents.retrieve(intent.id).amount_received == 3000


def test_too_much_stays_with_the_customer_and_pays_the_next_order(waiting, client, door, customer):
    first, _ = waiting()
    door("POST", f"payments/{first.id}/transfer", {"amount": 7000})
    assert client.v1.customers.cash_balance.retrieve(customer.id).available.to_dict() == {"jpy": 4000}
    assert types(client)[-1] == "cash_balance.funds_available"
    second, intent = waiting()
    assert (second.payment_status, intent.status) == ("paid", "succeeded")
    assert client.v1.customers.cash_balance.retrieve(customer.id).available.to_dict() == {"jpy": 1000}
    assert types(client).count("checkout.session.async_payment_succeeded") == 1


def test_one_transfer_covers_the_oldest_payment_first(waiting, client, door, customer):
    (_, older), (_, newer) = waiting(), waiting()
    door("POST", f"customers/{customer.id}/transfer", {"amount": 4000})
    assert client.v1.payment_intents.retrieve(older.id).status == "succeeded"
    assert remaining(client.v1.payment_intents.retrieve(newer.id)) == 2000


def test_a_canceled_payment_gives_back_what_had_come(waiting, client, door, customer):
    session, intent = waiting()
    door("POST", f"payments/{session.id}/transfer", {"amount": 1000})
    client.v1.payment_intents.cancel(intent.id)
    assert client.v1.customers.cash_balance.retrieve(customer.id).available.to_dict() == {"jpy": 1000}
    assert client.v1.customers.cash_balance_transactions.list(customer.id).data[0].type == "unapplied_from_payment"
    assert "waits for no transfer" in door("POST", f"payments/{session.id}/transfer")["error"]


def test_the_api_of_test_mode_funds_a_customer_too(waiting, client, customer):
    _, intent = waiting()
    helper = client.v1.test_helpers.customers.fund_cash_balance
    helper(customer.id, {"amount": 3000, "currency": "jpy", "reference": "R1"})
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_transfer_needs_a_customer_and_its_kind(opened, customer):
    both = TRANSFER | {"allowed_payment_method_types": ["card", "customer_balance"]}
    assert opened(**both).payment_method_types == ["card"]
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types"):
        opened(**TRANSFER)
    options = {"payment_method_options": {"customer_balance": {"funding_type": "bank_transfer"}}}
    with pytest.raises(stripe.InvalidRequestError, match="`bank_transfer` is required"):
        opened(customer=customer.id, **(TRANSFER | options))


def test_the_page_of_the_transfer_acts_the_payer(waiting, client):
    session, intent = waiting()
    url = intent.next_action.display_bank_transfer_instructions.hosted_instructions_url
    assert "テスト銀行" in requests.get(url, timeout=5).text
    assert "1,500円" in requests.post(url, data={"outcome": "short"}, timeout=5).text
    assert "お支払いが確認されました。" in requests.post(url, data={"outcome": "over"}, timeout=5).text
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
