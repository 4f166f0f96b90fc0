"""Checkout Sessions: opening, reading, listing, expiring."""

import time
from dataclasses import replace

import pytest
import stripe

from fundsite.sandbox import SandboxServer
from fundsite.sandbox.catalogue import misfits


def test_an_open_session_says_what_stripe_says(opened, sandbox):
    session = opened(
        client_reference_id="FS-0001",
        customer_email="hanako@example.org",
        metadata={"pledge": "1"},
        payment_intent_data={"metadata": {"pledge": "1"}, "statement_descriptor_suffix": "FS0001"},
        locale="ja",
    )
    assert session.id.startswith("cs_test_")
    assert session.url == f"{sandbox.url}/c/pay/{session.id}"
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency) == (3000, "jpy")
    assert (session.client_reference_id, session.metadata.to_dict()) == ("FS-0001", {"pledge": "1"})
    assert session.customer_details.email == "hanako@example.org"
    assert session.payment_method_types == ["card"]
    assert session.expires_at - session.created == 24 * 3600
    assert misfits("checkout.session", session.to_dict()) == []


def test_a_session_reads_back_as_it_was_made(opened, client):
    session = opened()
    assert client.v1.checkout.sessions.retrieve(session.id).to_dict() == session.to_dict()


def test_line_items_come_in_the_order_given(order, client):
    lines = [
        {
            "price_data": {"currency": "jpy", "unit_amount": price, "product_data": {"name": name}},
            "quantity": n,
        }
        for name, price, n in [("リターンA", 3000, 2), ("上乗せ支援", 500, 1)]
    ]
    session = client.v1.checkout.sessions.create(order(line_items=lines) | {"expand": ["line_items"]})
    assert session.amount_total == 6500
    assert [line.description for line in session.line_items.data] == ["リターンA", "上乗せ支援"]
    page = client.v1.checkout.sessions.line_items.list(session.id, {"limit": 1})
    assert (page.has_more, page.data[0].amount_total, page.data[0].price.unit_amount) == (True, 6000, 3000)
    assert misfits("item", page.data[0].to_dict()) == []


def test_what_is_allowed_restricts_and_what_does_not_fit_drops_silently(opened):
    assert opened(allowed_payment_method_types=["card", "paypay"]).payment_method_types == ["card"]


def test_an_open_session_can_be_expired_once(opened, client, receiver, eventually):
    session = opened()
    expired = client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url, expired.payment_status) == ("expired", None, "unpaid")
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        client.v1.checkout.sessions.expire(session.id)
    eventually(lambda: receiver.types() == ["checkout.session.expired"])


def test_a_paid_session_cannot_be_expired(opened, client, pay):
    session = opened()
    pay(session)
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        client.v1.checkout.sessions.expire(session.id)


def test_a_session_expires_by_itself_when_its_time_is_over(opened, client, sandbox, receiver, eventually):
    session = opened(expires_at=int(time.time()) + 1810)
    box, _ = sandbox.app.extensions["sandbox"]
    box.clock.ahead = 1811
    eventually(lambda: receiver.types() == ["checkout.session.expired"])
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_a_session_is_already_expired_when_read_before_the_background_comes_by(config, connect, order):
    with SandboxServer(replace(config, tick=3600.0)) as sandbox:
        client = connect(sandbox.url)
        session = client.v1.checkout.sessions.create(order())
        sandbox.app.extensions["sandbox"][0].clock.ahead = 24 * 3600 + 1
        assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_pages_of_a_list_follow_each_other_both_ways(opened, client):
    ids = [opened().id for _ in range(5)][::-1]
    first = client.v1.checkout.sessions.list({"limit": 2})
    assert ([one.id for one in first.data], first.has_more) == (ids[:2], True)
    last = client.v1.checkout.sessions.list({"limit": 3, "starting_after": ids[1]})
    assert ([one.id for one in last.data], last.has_more) == (ids[2:], False)
    back = client.v1.checkout.sessions.list({"limit": 2, "ending_before": ids[4]})
    assert ([one.id for one in back.data], back.has_more) == (ids[2:4], True)
    assert [one.id for one in first.auto_paging_iter()] == ids


def test_lists_filter_by_status_payment_payer_and_time(opened, client, pay):
    paid, other = opened(customer_email="hanako@example.org"), opened()
    pay(paid)
    sessions = client.v1.checkout.sessions
    intent = sessions.retrieve(paid.id).payment_intent

    def found(**filters):
        return [session.id for session in sessions.list(filters).data]

    assert found(status="complete") == found(payment_intent=intent) == [paid.id]
    assert found(customer_details={"email": "Hanako@example.org"}) == [paid.id]
    assert found(status="open") == [other.id]
    assert found(created={"gte": paid.created}) == [other.id, paid.id]
    assert found(created={"gt": other.created}) == found(created={"lt": paid.created}) == []


def test_expanding_goes_as_deep_as_the_fee(opened, client, pay, eventually):
    session = opened()
    pay(session)
    path = "payment_intent.latest_charge.balance_transaction"

    def booked():
        found = client.v1.checkout.sessions.retrieve(session.id, {"expand": [path]})
        return found.payment_intent.latest_charge.balance_transaction

    entry = eventually(booked)
    assert (entry.amount, entry.fee, entry.net) == (3000, 108, 2892)
    listed = client.v1.payment_intents.list({"expand": ["data.latest_charge"]})
    assert listed.data[0].latest_charge.paid


def test_every_reply_has_the_fields_of_its_resource(opened, client, pay, eventually):
    session = opened(customer_creation="always")
    pay(session)
    client.v1.refunds.create({"payment_intent": client.v1.payment_intents.list().data[0].id})
    eventually(lambda: "charge.refund.updated" in [event.type for event in client.v1.events.list()])
    kinds = ("balance_transactions", "charges", "customers", "events", "payment_intents", "refunds")
    for found in [one for kind in kinds for one in getattr(client.v1, kind).list().data]:
        assert misfits(found.object, found.to_dict()) == []
        if found.object != "event":
            again = getattr(client.v1, f"{found.object}s").retrieve(found.id)
            assert again.to_dict() == found.to_dict()
    assert misfits("account", client.v1.accounts.retrieve_current().to_dict()) == []
    balance = client.v1.balance.retrieve()
    assert misfits("balance", balance.to_dict()) == []
    assert balance.pending[0].amount == -108  # the fee of what was given back
