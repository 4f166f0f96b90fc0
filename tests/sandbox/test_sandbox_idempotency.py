"""Idempotency keys: what was answered once is answered the same way again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

KEY = {"idempotency_key": "pledge-1"}


def test_the_same_request_under_a_key_is_done_once(client, order):
    first = client.v1.checkout.sessions.create(order(), KEY)
    again = client.v1.checkout.sessions.create(order(), KEY)
    assert again.to_dict() == first.to_dict()
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_other_parameters_under_a_key_are_refused(client, order):
    client.v1.checkout.sessions.create(order(), KEY)
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refusal:
        client.v1.checkout.sessions.create(order(client_reference_id="2"), KEY)
    assert refusal.value.http_status == 400


def test_a_key_in_use_is_a_conflict(client, order, door):
    door(
        "POST", "faults", {"api": [{"match": "POST /v1/checkout/sessions", "delay_seconds": 0.4, "times": 1}]}
    )
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(client.v1.checkout.sessions.create, order(), KEY) for _ in range(2)]
        failures = [one.exception() for one in asked if one.exception()]
    assert [failure.http_status for failure in failures] == [409]
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_the_library_gets_through_a_conflict_by_itself(sandbox, connect, order, door):
    door(
        "POST", "faults", {"api": [{"match": "POST /v1/checkout/sessions", "delay_seconds": 0.2, "times": 1}]}
    )
    client = connect(sandbox.url, retries=2)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(client.v1.checkout.sessions.create, order(), KEY) for _ in range(2)]
    assert len({one.result().id for one in asked}) == 1


def test_a_failed_check_does_not_use_up_a_key(client, order):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(order(colour="red"), KEY)
    assert client.v1.checkout.sessions.create(order(), KEY).status == "open"


def test_a_500_stays_a_500_under_its_key(client, order, door):
    door("POST", "faults", {"api": [{"match": "POST /v1/checkout/sessions", "status": 500, "times": 1}]})
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failure:
            client.v1.checkout.sessions.create(order(), KEY)
        assert failure.value.http_status == 500
    assert failure.value.headers["Idempotent-Replayed"] == "true"
    assert client.v1.checkout.sessions.create(order()).status == "open"


def test_a_refusal_for_the_state_of_things_is_remembered(client, opened):
    session = opened()
    client.v1.checkout.sessions.expire(session.id)
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            client.v1.checkout.sessions.expire(session.id, {}, KEY)
    assert refusal.value.headers["Idempotent-Replayed"] == "true"


def test_a_key_has_at_most_255_characters(client, order):
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(order(), {"idempotency_key": "k" * 256})
