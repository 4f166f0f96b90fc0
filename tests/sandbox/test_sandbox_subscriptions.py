"""Monthly support: the first payment on a page, renewals by the clock, declines, and the end."""

import time
from datetime import UTC, datetime

import pytest
import requests
import stripe

from fundsite.sandbox.billing import periods

MONTHLY = {"interval": "month", "interval_count": 1}


@pytest.fixture
def subscribe(order, pay, client):
    """Subscribe on a session's page; return the subscription."""

    def subscribe(**changes):
        line = {"currency": "jpy", "unit_amount": 1000, "product_data": {"name": "マンスリーサポーター"}}
        lines = [{"price_data": line | {"recurring": {"interval": "month"}}, "quantity": 1}]
        session = client.v1.checkout.sessions.create(order(mode="subscription", line_items=lines) | changes)
        assert pay(session)["outcome"] == "succeeded"
        return client.v1.subscriptions.retrieve(client.v1.checkout.sessions.retrieve(session.id).subscription)

    return subscribe


@pytest.fixture
def on(door):
    """Go to so many days after the end of a subscription's present period, when its invoice is charged."""

    def on(subscription, days=0.0):
        door("POST", "clock", {"to": item(subscription).current_period_end + 3602 + days * 86400})

    return on


def item(subscription):
    return subscription["items"].data[0]


def types(client, since=0):
    return [event.type for event in client.v1.events.list({"limit": 100}).data][::-1][since:]


def test_the_first_payment_begins_a_subscription(subscribe, client):
    subscription = subscribe(subscription_data={"metadata": {"pledge": "7"}}, customer_email="hanako@example.org")
    assert (subscription.status, subscription.metadata.to_dict()) == ("active", {"pledge": "7"})
    days = (item(subscription).current_period_end - item(subscription).current_period_start) / 86400
    assert 28 <= days <= 31
    assert item(subscription).price.unit_amount == 1000
    invoice = client.v1.invoices.retrieve(subscription.latest_invoice, {"expand": ["payments"]})
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 1000, "subscription_create")
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert invoice.parent.subscription_details.metadata.to_dict() == {"pledge": "7"}
    intent = client.v1.payment_intents.retrieve(invoice.payments.data[0].payment.payment_intent)
    assert (intent.status, intent.amount, intent.customer) == ("succeeded", 1000, subscription.customer)
    session = client.v1.checkout.sessions.list({"subscription": subscription.id}).data[0]
    assert (session.status, session.payment_status, session.payment_intent) == ("complete", "paid", None)
    assert (session.invoice, session.customer) == (invoice.id, subscription.customer)
    assert [name for name in types(client) if not name.startswith("charge.")][-6:] == [
        "invoice.created",
        "invoice.finalized",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "checkout.session.completed",
    ]


def test_each_month_brings_an_invoice_that_is_charged(subscribe, client, on):
    subscription = subscribe()
    before = len(types(client))
    on(subscription)
    renewed = client.v1.subscriptions.retrieve(subscription.id)
    assert item(renewed).current_period_start == item(subscription).current_period_end
    first, *_ = client.v1.invoices.list({"subscription": subscription.id}).data
    assert (first.id, first.status, first.billing_reason) == (renewed.latest_invoice, "paid", "subscription_cycle")
    assert [name for name in types(client, before) if name.startswith("invoice.")] == [
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    assert [charge.amount for charge in client.v1.charges.list({"customer": subscription.customer})] == [1000, 1000]


def test_a_year_passes_in_one_step(subscribe, client, door):
    subscription = subscribe()
    assert "forward" in door("POST", "clock", {"to": int(time.time()) - 100})["error"]
    door("POST", "clock", {"days": 366})
    invoices = client.v1.invoices.list({"subscription": subscription.id, "limit": 100}).data
    assert len(invoices) == 13
    assert {invoice.status for invoice in invoices} == {"paid"}
    assert len({invoice.created for invoice in invoices}) == 13


def test_a_declined_renewal_is_retried_and_then_ends_the_subscription(subscribe, client, door, on):
    subscription = subscribe()
    door("POST", f"subscriptions/{subscription.id}/card", {"card": "4000000000000341"})
    for days, attempts, status in ((0.1, 1, "past_due"), (3.1, 2, "past_due"), (5.1, 3, "past_due")):
        on(subscription, days)
        invoice = client.v1.invoices.list({"subscription": subscription.id, "status": "open"}).data[0]
        assert (invoice.attempt_count, invoice.next_payment_attempt > invoice.created) == (attempts, True)
        assert client.v1.subscriptions.retrieve(subscription.id).status == status
    on(subscription, 7.1)
    ended = client.v1.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert types(client).count("invoice.payment_failed") == 4
    assert types(client)[-1] == "customer.subscription.deleted"
    assert client.v1.subscriptions.list({"customer": ended.customer}).data == []
    assert client.v1.subscriptions.list({"customer": ended.customer, "status": "all"}).data[0].id == ended.id
    on(subscription, 70)
    assert len(client.v1.invoices.list({"subscription": subscription.id}).data) == 2


def test_a_new_card_pays_what_is_open(subscribe, client, door, on):
    subscription = subscribe()
    door("POST", f"subscriptions/{subscription.id}/card", {"card": "4000000000000341"})
    on(subscription)
    portal = client.v1.billing_portal.sessions.create(
        {"customer": subscription.customer, "return_url": "https://example.org/me"}
    )
    page = requests.get(portal.url, timeout=5).text
    assert "お支払いが確認できていません" in page
    assert "https://example.org/me" in page
    asked = {"subscription": subscription.id, "outcome": "card_4242"}
    assert "継続中" in requests.post(portal.url, data=asked, timeout=5).text
    healed = client.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    assert (healed.status, healed.latest_invoice.status) == ("active", "paid")
    assert healed.default_payment_method != subscription.default_payment_method


def test_the_subscriber_cancels_in_the_portal_and_the_period_runs_out(subscribe, client, on):
    subscription = subscribe()
    portal = client.v1.billing_portal.sessions.create({"customer": subscription.customer})
    for outcome, wanted in (("cancel", True), ("resume", False), ("cancel", True)):
        requests.post(portal.url, data={"subscription": subscription.id, "outcome": outcome}, timeout=5)
        ending = client.v1.subscriptions.retrieve(subscription.id)
        assert (ending.status, ending.cancel_at_period_end) == ("active", wanted)
    assert ending.cancel_at == item(subscription).current_period_end
    on(subscription)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    assert len(client.v1.invoices.list({"subscription": subscription.id}).data) == 1


def test_a_subscription_is_ended_at_once_by_request(subscribe, client):
    subscription = subscribe()
    updated = client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True, "metadata": {"a": "1"}})
    assert (updated.cancel_at_period_end, updated.metadata.to_dict()) == (True, {"a": "1"})
    details = {"cancellation_details": {"comment": "転居"}}
    ended = client.v1.subscriptions.cancel(subscription.id, details)
    assert (ended.status, ended.cancellation_details.comment) == ("canceled", "転居")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.subscriptions.cancel(subscription.id)


def test_a_declined_first_payment_begins_nothing(order, pay, client):
    price = client.v1.prices.create(
        {"currency": "jpy", "unit_amount": 500, "recurring": {"interval": "month"}, "product_data": {"name": "月々"}}
    )
    lines = [{"price": price.id, "quantity": 2}]
    session = client.v1.checkout.sessions.create(order(mode="subscription", line_items=lines))
    assert session.amount_total == 1000
    assert pay(session, "4000000000000002")["outcome"] == "declined"
    assert pay(session, "4000000000003220", authenticate=False)["outcome"] == "declined"
    assert client.v1.subscriptions.list({"status": "all"}).data == []
    assert pay(session, "4000000000003220")["outcome"] == "succeeded"
    assert item(client.v1.subscriptions.list().data[0]).price.id == price.id
    assert client.v1.prices.list({"product": price.product}).data[0].id == price.id


def test_an_invoice_can_be_paid_or_voided_by_request(subscribe, client, door, on):
    subscription = subscribe()
    door("POST", f"subscriptions/{subscription.id}/card", {"card": "4000000000000341"})
    on(subscription)
    invoice = client.v1.invoices.list({"subscription": subscription.id, "status": "open"}).data[0]
    with pytest.raises(stripe.CardError):
        client.v1.invoices.pay(invoice.id)
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": subscription.customer})
    assert client.v1.invoices.pay(invoice.id, {"payment_method": method.id}).status == "paid"
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client.v1.invoices.void_invoice(invoice.id)
    wanted = {"payment": {"type": "payment_intent", "payment_intent": "pi_none"}}
    assert client.v1.invoice_payments.list(wanted).data == []
    assert client.v1.invoice_payments.list({"invoice": invoice.id}).data[0].status == "paid"


def test_payment_mode_sells_nothing_that_repeats(order, client):
    lines = order()["line_items"]
    lines[0]["price_data"]["recurring"] = {"interval": "month"}
    with pytest.raises(stripe.InvalidRequestError, match="recurring price"):
        client.v1.checkout.sessions.create(order(line_items=lines))


@pytest.mark.parametrize(
    ("anchor", "start", "end"),
    [
        ("2026-01-31", "2026-01-31", "2026-02-28"),
        ("2026-01-31", "2026-02-28", "2026-03-31"),
        ("2026-12-15", "2026-12-15", "2027-01-15"),
        ("2024-02-29", "2027-02-28", "2027-03-29"),
    ],
)
def test_short_months_end_on_their_last_day(anchor, start, end):
    anchor, start, end = (
        int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) for day in (anchor, start, end)
    )
    assert periods.end_of(anchor, MONTHLY, start) == end


def test_a_subscription_whose_card_is_gone_is_past_due(subscribe, client, on):
    subscription = subscribe()
    client.v1.payment_methods.detach(subscription.default_payment_method)
    on(subscription)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    assert client.v1.invoices.list({"subscription": subscription.id, "status": "open"}).data[0].attempt_count == 1


def test_a_sandbox_that_forgets_everything_begins_anew(subscribe, client, door):
    subscribe()
    door("POST", "clock", {"days": 3})
    door("POST", "faults", {"webhooks": {"lose": 1}})
    assert door("POST", "reset")["account"] == client.v1.accounts.retrieve_current().id
    assert client.v1.events.list().data == []
    assert abs(door("GET", "clock")["ahead"]) < 1
    assert subscribe().status == "active"
