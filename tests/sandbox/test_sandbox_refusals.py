"""What Stripe refuses, in its words and shapes."""

import time

import pytest
import requests
import stripe


@pytest.fixture
def sandbox(shared):
    return shared


def price(**changes):
    return {"currency": "jpy", "unit_amount": 3000, "product_data": {"name": "リターンA"}} | changes


def line(**changes):
    return {"price_data": price(), "quantity": 1} | changes


REFUSED = {
    "an unknown name": ({"colour": "red"}, "colour", "parameter_unknown"),
    "an unknown name deep inside": (
        {"line_items": [line(size=1)]},
        "line_items[0][size]",
        "parameter_unknown",
    ),
    "payment_method_types, gone": (
        {"payment_method_types": ["card"]},
        "payment_method_types",
        "parameter_unknown",
    ),
    "no mode": ({"mode": None}, "mode", "parameter_missing"),
    "no success_url": ({"success_url": None}, "success_url", "parameter_missing"),
    "no line items": ({"line_items": None}, "line_items", "parameter_missing"),
    "no currency": (
        {"line_items": [line(price_data={"unit_amount": 1})]},
        "line_items[0][price_data][currency]",
        "parameter_missing",
    ),
    "a mode that is none": ({"mode": "gift"}, "mode", None),
    "a number that is none": ({"expires_at": "soon"}, "expires_at", "parameter_invalid_integer"),
    "a text for an object": ({"metadata": "pledge"}, "metadata", None),
    "an empty text": ({"client_reference_id": ""}, "client_reference_id", "parameter_invalid_empty"),
    "a text too long": ({"client_reference_id": "x" * 201}, "client_reference_id", None),
    "a list that is none": ({"line_items": {"first": line()}}, "line_items", None),
    "an address that is none": ({"success_url": "/thanks"}, "success_url", "url_invalid"),
    "an e-mail that is none": ({"customer_email": "hanako"}, "customer_email", "email_invalid"),
    "less than 50 yen": (
        {"line_items": [line(price_data=price(unit_amount=49))]},
        "line_items",
        "amount_too_small",
    ),
    "more than eight digits": ({"line_items": [line(quantity=99_999)]}, "line_items", "amount_too_large"),
    "no quantity": (
        {"line_items": [{"price_data": price()}]},
        "line_items[0][quantity]",
        "parameter_missing",
    ),
    "two currencies": ({"line_items": [line(), line(price_data=price(currency="usd"))]}, "line_items", None),
    "a price nobody made": (
        {"line_items": [{"price": "price_none", "quantity": 1}]},
        "line_items[0][price]",
        "resource_missing",
    ),
    "a customer nobody made": ({"customer": "cus_none"}, "customer", "resource_missing"),
    "51 keys of metadata": ({"metadata": {str(n): "x" for n in range(51)}}, "metadata", None),
    "a key of 41 characters": ({"metadata": {"k" * 41: "x"}}, "metadata", None),
    "a value of 501 characters": ({"payment_intent_data": {"metadata": {"k": "x" * 501}}}, None, None),
    "a statement descriptor for cards": (
        {"payment_intent_data": {"statement_descriptor": "FUND"}},
        "payment_intent_data[statement_descriptor]",
        None,
    ),
    "a suffix in kana": (
        {"payment_intent_data": {"statement_descriptor_suffix": "ファンド"}},
        "payment_intent_data[statement_descriptor_suffix]",
        "invalid_characters",
    ),
    "only what does not fit": (
        {"allowed_payment_method_types": ["sofort"]},
        "allowed_payment_method_types",
        None,
    ),
    "an expansion that is none": ({"expand": ["metadata"]}, "expand", None),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_session_is_refused_for(what, client, order):
    changes, param, code = REFUSED[what]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.checkout.sessions.create(order(**changes))
    assert refusal.value.http_status == 400
    assert refusal.value.code == code
    assert param is None or refusal.value.param == param
    assert client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize("seconds", [29 * 60, 24 * 3600 + 60])
def test_a_session_lasts_from_half_an_hour_to_a_day(seconds, opened):
    with pytest.raises(stripe.InvalidRequestError, match="from Checkout Session creation") as refusal:
        opened(expires_at=int(time.time()) + seconds)
    assert refusal.value.param == "expires_at"


def test_an_error_has_the_shape_of_stripes(client, order):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.checkout.sessions.create(order(colour="red"))
    error = refusal.value.json_body["error"]
    assert error["type"] == "invalid_request_error"
    assert error["message"] == "Received unknown parameter: colour"
    assert error["doc_url"].endswith("parameter-unknown")
    assert refusal.value.request_id in error["request_log_url"]


def test_an_id_that_nobody_knows_is_a_404(client, opened):
    for ask in (client.v1.charges.retrieve, client.v1.checkout.sessions.retrieve, client.v1.refunds.retrieve):
        with pytest.raises(stripe.InvalidRequestError, match="No such") as refusal:
            ask("none")
        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.charges.retrieve(opened().id)


def test_an_address_that_nobody_serves_is_a_404(client):
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as refusal:
        client.v1.coupons.list()
    assert refusal.value.http_status == 404


def test_a_wrong_key_is_a_401(sandbox, connect):
    with pytest.raises(stripe.AuthenticationError, match=r"Invalid API Key provided: sk_test_\*"):
        connect(sandbox.url, key="sk_test_another").v1.balance.retrieve()
    assert requests.get(f"{sandbox.url}/v1/balance", timeout=5).status_code == 401


def test_basic_authentication_works_as_with_curl(sandbox):
    reply = requests.get(f"{sandbox.url}/v1/balance", auth=("sk_test_notAKey", ""), timeout=5)
    assert reply.status_code == 200
    assert reply.headers["Request-Id"].startswith("req_")
    assert reply.headers["Stripe-Version"] == "2026-10-28.endive"


def test_another_version_of_the_api_is_refused(sandbox, connect):
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version"):
        connect(sandbox.url, version="2025-08-27.basil").v1.balance.retrieve()


@pytest.mark.parametrize("filters", [{"limit": 101}, {"limit": 0}, {"starting_after": "cs_none"}, {"status": "new"}])
def test_a_list_refuses_what_makes_no_sense(filters, client):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.list(filters)
