"""Faults on demand: webhooks that are late or out of order, and an API that fails before or after the act."""

from dataclasses import replace

import pytest
import requests
import stripe

from fundsite.sandbox import SandboxServer


@pytest.fixture
def expire(opened, client):
    """Open a session and expire it, which sends one webhook; return its id."""
    return lambda: client.v1.checkout.sessions.expire(opened().id).id


def ids(receiver):
    return [event["data"]["object"]["id"] for event in receiver.events]


def test_a_webhook_held_back_comes_after_a_later_one(expire, receiver, eventually, door):
    door("POST", "faults", {"webhooks": {"next": ["reorder"], "late_seconds": 60}})
    first, second = expire(), expire()
    eventually(lambda: ids(receiver) == [second, first])


def test_a_webhook_held_back_comes_late_where_nothing_follows(expire, receiver, eventually, door):
    door("POST", "faults", {"webhooks": {"reorder": 1, "late_seconds": 0.1}})
    only = expire()
    eventually(lambda: ids(receiver) == [only])


def test_the_next_webhooks_meet_what_stands_in_the_list(expire, receiver, eventually, door):
    door("POST", "faults", {"webhooks": {"next": ["lose", "double", "deliver"]}})
    _lost, twice, once = expire(), expire(), expire()
    eventually(lambda: sorted(ids(receiver)) == sorted([twice, twice, once]))
    assert door("GET", "faults")["webhooks"]["next"] == []


def test_a_late_webhook_waits_its_time(expire, receiver, eventually, door):
    door("POST", "faults", {"webhooks": {"next": ["late"], "late_seconds": 60}})
    late, soon = expire(), expire()
    eventually(lambda: ids(receiver) == [soon])
    waiting = door("GET", "deliveries?status=pending")["deliveries"]
    assert len(waiting) == 1
    assert 50 < waiting[0]["next_at"] - waiting[0]["created"] <= 60
    door("POST", f"events/{waiting[0]['event_id']}/resend")
    eventually(lambda: ids(receiver) == [soon, late])


def test_faults_strike_only_the_types_that_they_name(opened, pay, receiver, eventually, door):
    door("POST", "faults", {"webhooks": {"lose": 1, "match": "charge.*"}})
    pay(opened())
    eventually(lambda: "checkout.session.completed" in receiver.types())
    eventually(lambda: len(door("GET", "deliveries?status=lost")["deliveries"]) == 2)
    assert "charge.succeeded" not in receiver.types()


def test_a_word_that_is_no_fate_is_refused(door):
    assert "explode" in door("POST", "faults", {"webhooks": {"next": ["explode"]}})["error"]


def test_a_reply_that_takes_too_long_leaves_the_act_done(sandbox, order, client, door):
    fault = {"match": "POST /v1/checkout/*", "delay_after_act_seconds": 1, "times": 1}
    door("POST", "faults", {"api": [fault]})
    hasty = stripe.StripeClient(
        "sk_test_notAKey",
        base_addresses={"api": sandbox.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=0.2, session=requests.Session()),
    )
    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.checkout.sessions.create(order(), {"idempotency_key": "pledge-1"})
    again = client.v1.checkout.sessions.create(order(), {"idempotency_key": "pledge-1"})
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_an_error_after_the_act_is_kept_under_its_key(order, client, door):
    fault = {"match": "POST /v1/checkout/*", "status": 500, "after_act": True, "times": 1}
    door("POST", "faults", {"api": [fault]})
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failure:
            client.v1.checkout.sessions.create(order(), {"idempotency_key": "pledge-1"})
        assert failure.value.http_status == 500
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_a_limit_says_when_to_come_back(client, door):
    fault = {"match": "GET *", "status": 429, "times": 1, "retry_after": 7, "should_retry": True}
    door("POST", "faults", {"api": [fault]})
    with pytest.raises(stripe.RateLimitError) as limit:
        client.v1.balance.retrieve()
    assert (limit.value.error.code, limit.value.headers["Retry-After"]) == ("rate_limit", "7")
    assert limit.value.headers["Stripe-Should-Retry"] == "true"


def test_too_many_requests_a_second_are_refused(config, connect):
    with SandboxServer(replace(config, requests_per_second=1)) as sandbox:
        client = connect(sandbox.url)
        refused = 0
        for _ in range(8):
            try:
                client.v1.balance.retrieve()
            except stripe.RateLimitError:
                refused += 1
        assert 0 < refused < 8
