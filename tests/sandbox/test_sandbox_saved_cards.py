"""Cards saved by a session in setup mode, and charged later while their owner is elsewhere."""

import pytest
import requests
import stripe

SAVE = {"mode": "setup", "currency": "jpy", "success_url": "https://example.org/thanks"}


@pytest.fixture
def customer(client):
    return client.v1.customers.create({"email": "hanako@example.org"})


@pytest.fixture
def saving(client, customer):
    """Open a session in setup mode for the customer."""

    def saving(**changes):
        return client.v1.checkout.sessions.create(SAVE | {"customer": customer.id} | changes)

    return saving


@pytest.fixture
def saved(saving, pay, client):
    """Save a card; return its payment method."""

    def saved(card="4242424242424242"):
        session = pay(saving(), card)["session"]
        return client.v1.setup_intents.retrieve(session["setup_intent"]).payment_method

    return saved


@pytest.fixture
def charge(client, customer):
    """Charge a payment method off-session."""

    def charge(method, options=None, **changes):
        wanted = {"amount": 3000, "currency": "jpy", "customer": customer.id, "payment_method": method}
        wanted |= {"off_session": True, "confirm": True, "error_on_requires_action": True}
        return client.v1.payment_intents.create(wanted | changes, options or {})

    return charge


def types(client):
    return [event.type for event in client.v1.events.list({"limit": 100}).data][::-1]


def test_a_session_saves_a_card_and_charges_nothing(saving, pay, client, customer):
    session = saving(metadata={"a": "1"}, setup_intent_data={"metadata": {"pledge": "7"}, "description": "支援"})
    assert (session.payment_status, session.amount_total, session.currency) == ("no_payment_required", None, "jpy")
    waiting = client.v1.setup_intents.retrieve(session.setup_intent)
    assert (waiting.status, waiting.customer, waiting.usage) == ("requires_payment_method", customer.id, "off_session")
    assert pay(session)["outcome"] == "succeeded"
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})
    assert (done.status, done.payment_status, done.payment_intent) == ("complete", "no_payment_required", None)
    intent = done.setup_intent
    assert (intent.status, intent.metadata.to_dict(), intent.mandate) == ("succeeded", {"pledge": "7"}, None)
    assert (intent.payment_method.customer, intent.payment_method.card.last4) == (customer.id, "4242")
    assert [method.id for method in client.v1.customers.payment_methods.list(customer.id)] == [intent.payment_method.id]
    assert client.v1.payment_methods.list({"customer": customer.id, "type": "card"}).data[0].card.brand == "visa"
    assert client.v1.charges.list().data == []
    assert types(client) == [
        "customer.created",
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
        "checkout.session.completed",
    ]


def test_a_saved_card_is_charged_without_its_owner(saved, charge, client):
    intent = charge(saved(), metadata={"pledge": "7"})
    assert (intent.status, intent.amount_received, intent.metadata.to_dict()) == ("succeeded", 3000, {"pledge": "7"})
    assert client.v1.charges.retrieve(intent.latest_charge).metadata.to_dict() == {"pledge": "7"}


def test_a_charge_repeated_under_its_key_charges_once(saved, charge, client):
    method = saved()
    first, second = (charge(method, {"idempotency_key": "pledge-7-charge"}) for _ in range(2))
    assert first.id == second.id
    assert len(client.v1.charges.list().data) == 1


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("4000000000000341", "card_declined", "generic_decline"),
        ("4000002760003184", "authentication_required", "authentication_required"),
        ("4000008260003178", "card_declined", "insufficient_funds"),
    ],
)
def test_a_card_that_was_saved_can_be_declined_later(card, code, decline_code, saved, charge, client):
    method = saved(card)
    with pytest.raises(stripe.CardError) as refusal:
        charge(method, {"idempotency_key": "pledge-7-charge"})
    assert (refusal.value.http_status, refusal.value.code) == (402, code)
    error = refusal.value.error
    assert (error.decline_code, error.payment_method.id) == (decline_code, method)
    intent = client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", code)
    assert types(client)[-3:] == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    with pytest.raises(stripe.CardError) as again:
        charge(method, {"idempotency_key": "pledge-7-charge"})
    assert again.value.error.payment_intent.id == intent.id


def test_a_card_authenticated_when_saved_is_not_asked_again(saved, charge):
    assert charge(saved("4000002500003155")).status == "succeeded"


def test_a_card_that_nobody_set_up_asks_for_its_owner(charge, client, customer):
    method = client.v1.payment_methods.attach("pm_card_authenticationRequiredOnSetup", {"customer": customer.id})
    with pytest.raises(stripe.CardError) as refusal:
        charge(method.id)
    assert refusal.value.code == "authentication_required"


def test_a_test_card_can_be_named_in_code(charge):
    assert charge("pm_card_visa").status == "succeeded"
    with pytest.raises(stripe.CardError) as refusal:
        charge("pm_card_visa_chargeDeclinedInsufficientFunds")
    assert refusal.value.error.decline_code == "insufficient_funds"


def test_a_declined_intent_is_paid_with_another_card(saved, charge, client):
    with pytest.raises(stripe.CardError) as refusal:
        charge(saved("4000000000000341"))
    other = saved()
    intent = client.v1.payment_intents.confirm(refusal.value.error.payment_intent.id, {"payment_method": other})
    assert intent.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        client.v1.payment_intents.confirm(intent.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        client.v1.payment_intents.cancel(intent.id)


@pytest.mark.parametrize("card", ["4000000000009995", "4000000000000002"])
def test_a_card_that_declines_at_once_is_not_saved(card, saving, pay, client):
    session = saving()
    assert pay(session, card)["outcome"] == "declined"
    intent = client.v1.setup_intents.retrieve(session.setup_intent)
    assert (intent.status, intent.last_setup_error.code) == ("requires_payment_method", "card_declined")
    assert types(client)[-1] == "setup_intent.setup_failed"
    assert pay(session)["outcome"] == "succeeded"


def test_authentication_stands_between_a_card_and_its_saving(saving, pay, client):
    session = saving()
    assert pay(session, "4000000000003220", authenticate=False)["decline_code"] == "authentication_failure"
    assert client.v1.setup_intents.retrieve(session.setup_intent).status == "requires_payment_method"
    assert pay(session, "4000000000003220", authenticate=None)["outcome"] == "requires_action"
    assert "認証を完了する" in requests.get(f"{session.url}/challenge", timeout=5).text
    done = requests.post(f"{session.url}/challenge", data={"outcome": "complete"}, allow_redirects=False, timeout=5)
    assert done.headers["Location"] == "https://example.org/thanks"
    assert client.v1.setup_intents.retrieve(session.setup_intent).status == "succeeded"


def test_the_page_says_that_nothing_is_charged(saving):
    page = requests.get(saving().url, timeout=5).text
    assert "請求は行われません。登録したカードは、あとで支払いに使われます。" in page
    assert "カードを登録する" in page


def test_a_session_that_expires_takes_its_setup_with_it(saving, client):
    session = saving()
    client.v1.checkout.sessions.expire(session.id)
    assert client.v1.setup_intents.retrieve(session.setup_intent).status == "canceled"


def test_a_card_taken_from_its_customer_cannot_be_detached_twice(saved, client):
    method = saved()
    assert client.v1.payment_methods.detach(method).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        client.v1.payment_methods.detach(method)


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": None},
        {"line_items": [{"price": "price_none", "quantity": 1}]},
        {"payment_intent_data": {"description": "x"}},
        {"setup_intent_data": {"usage": "off_session"}},
    ],
)
def test_setup_mode_refuses_what_is_not_of_it(changes, client):
    params = {key: value for key, value in (SAVE | changes).items() if value is not None}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(params)


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_method_types": ["card"]},
        {"amount": 49},
        {"customer": "cus_none"},
        {"payment_method": "pm_none"},
        {"confirm": False},
    ],
)
def test_an_intent_is_refused_for_what_stripe_refuses(changes, charge):
    with pytest.raises(stripe.InvalidRequestError):
        charge(**({"method": "pm_card_visa"} | changes))


def test_another_customer_s_card_is_refused(saved, charge, client):
    method, other = saved(), client.v1.customers.create({})
    with pytest.raises(stripe.InvalidRequestError, match="belongs to a Customer"):
        charge(method, customer=other.id)
