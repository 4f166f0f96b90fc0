"""Paying in cash at a convenience store: codes, the counter, and codes that end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
import requests
import stripe

KONBINI = {"allowed_payment_method_types": ["card", "konbini"]}


def days(number):
    return {"payment_method_options": {"konbini": {"expires_after_days": number}}}


@pytest.fixture
def waiting(opened, pay, client):
    """Choose the store on a session's page; return the session and its intent, both waiting."""

    def waiting(**changes):
        result = pay(opened(**(KONBINI | changes)), method="konbini")
        assert result["outcome"] == "waiting"
        session = client.v1.checkout.sessions.retrieve(result["session"]["id"])
        return session, client.v1.payment_intents.retrieve(session.payment_intent)

    return waiting


def types(client):
    return [event.type for event in client.v1.events.list({"limit": 100}).data][::-1]


def test_a_store_completes_the_session_and_waits_for_the_money(waiting, client):
    session, intent = waiting(payment_intent_data={"metadata": {"pledge": "7"}}, **days(5))
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert session.payment_method_options.konbini.expires_after_days == 5
    assert (intent.status, intent.next_action.type) == ("requires_action", "konbini_display_details")
    details = intent.next_action.konbini_display_details
    stores = details.stores.to_dict()
    assert stores.keys() == {"familymart", "lawson", "ministop", "seicomart"}
    assert all(code["payment_code"] and code["confirmation_number"] for code in stores.values())
    until = datetime.fromtimestamp(details.expires_at, timezone(timedelta(hours=9)))
    assert until.strftime("%H:%M:%S") == "23:59:59"
    assert (until.date() - datetime.now(UTC).astimezone(until.tzinfo).date()).days == 5
    assert client.v1.charges.list().data == []
    expected = ["payment_intent.created", "payment_intent.requires_action", "checkout.session.completed"]
    assert types(client) == expected


def test_money_at_the_counter_pays_and_is_booked_with_its_fee(waiting, client, door):
    session, intent = waiting()
    assert door("POST", f"payments/{session.id}/pay-at-store", {"store": "lawson"})["status"] == "succeeded"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    expand = {"expand": ["latest_charge.balance_transaction"]}
    charge = client.v1.payment_intents.retrieve(intent.id, expand).latest_charge
    assert charge.payment_method_details.konbini.store.chain == "lawson"
    booked = charge.balance_transaction
    assert (booked.amount, booked.fee, booked.net, booked.type) == (3000, 120, 2880, "payment")
    assert types(client)[-3:] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]
    assert "succeeded" in door("POST", f"payments/{session.id}/pay-at-store")["error"]


def test_a_code_ends_with_its_last_day_in_japan(waiting, client, door):
    session, intent = waiting(**days(1))
    until = intent.next_action.konbini_display_details.expires_at
    door("POST", "clock", {"to": until})
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_action"
    door("POST", "clock", {"seconds": 2})
    ended = client.v1.payment_intents.retrieve(intent.id)
    assert (ended.status, ended.next_action) == ("requires_payment_method", None)
    assert ended.last_payment_error.code == "payment_intent_payment_attempt_expired"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "unpaid"
    assert types(client)[-3:] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]


def test_a_code_can_be_ended_and_then_takes_no_money(waiting, door):
    session, intent = waiting()
    assert door("POST", f"payments/{intent.id}/expire-code")["status"] == "requires_payment_method"
    assert "waits for no store" in door("POST", f"payments/{session.id}/pay-at-store")["error"]


def test_a_canceled_intent_takes_no_money_either(waiting, client, door):
    session, intent = waiting()
    canceled = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert "error" in door("POST", f"payments/{session.id}/pay-at-store")
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        client.v1.payment_intents.cancel(intent.id)


@pytest.mark.parametrize(("amount", "offered"), [(119, False), (120, True), (300_000, True), (300_001, False)])
def test_a_store_takes_only_so_much(amount, offered, opened, order):
    lines = order()["line_items"]
    lines[0]["price_data"]["unit_amount"] = amount
    assert ("konbini" in opened(line_items=lines, **KONBINI).payment_method_types) == offered


@pytest.mark.parametrize("number", [0, 61])
def test_a_code_lives_one_to_sixty_days(number, opened):
    with pytest.raises(stripe.InvalidRequestError, match="between 1 and 60"):
        opened(**KONBINI, **days(number))


def test_a_parameter_that_checkout_does_not_know_is_refused(opened):
    options = {"payment_method_options": {"konbini": {"product_description": "リターンA"}}}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        opened(**KONBINI, **options)
    assert refusal.value.code == "parameter_unknown"
    with pytest.raises(stripe.InvalidRequestError):
        opened(payment_method_types=["konbini"])


def test_a_session_without_stores_refuses_them(opened, pay):
    assert "does not offer konbini" in pay(opened(), method="konbini")["error"]


def test_the_page_offers_the_store_and_the_voucher_page_pays(opened, client):
    session = opened(**KONBINI)
    assert "コンビニで支払う" in requests.get(session.url, timeout=5).text
    nobody = requests.post(session.url, data={"outcome": "konbini"}, timeout=5)
    assert (nobody.status_code, "メールアドレスを正しく入力してください。" in nobody.text) == (422, True)
    chosen = {"outcome": "konbini", "email": "hanako@example.org"}
    reply = requests.post(session.url, data=chosen, allow_redirects=False, timeout=5)
    assert reply.headers["Location"] == f"https://example.org/thanks?session={session.id}"
    intent = client.v1.payment_intents.retrieve(client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    voucher = intent.next_action.konbini_display_details.hosted_voucher_url
    assert "ファミリーマート" in requests.get(voucher, timeout=5).text
    assert "お支払いが確認されました。" in requests.post(voucher, data={"outcome": "pay"}, timeout=5).text
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert "お支払いが確認されました。" in requests.post(voucher, data={"outcome": "expire"}, timeout=5).text


def test_the_counter_and_the_end_of_a_code_at_once_leave_one_outcome(waiting, client, door):
    session, intent = waiting()
    doors = [f"payments/{intent.id}/{name}" for name in ("pay-at-store", "expire-code") * 3]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(lambda path: door("POST", path), doors))
    assert len([one for one in outcomes if "error" not in one]) == 1
    ended = [name for name in types(client) if name.startswith("checkout.session.async")]
    paid = client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert ended == ["checkout.session.async_payment_succeeded" if paid else "checkout.session.async_payment_failed"]
