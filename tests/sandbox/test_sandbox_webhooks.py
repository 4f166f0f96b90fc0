"""Webhooks, the ways in which they go wrong, and what a crash does not lose."""

import signal
import subprocess
import sys
from dataclasses import replace

import pytest
import requests
import stripe

from fundsite.sandbox import SandboxServer
from fundsite.sandbox.courier import signature


def test_an_event_carries_the_version_the_object_and_what_asked_for_it(opened, client, receiver, eventually):
    session = opened()
    reply = client.v1.checkout.sessions.expire(session.id, {}, {"idempotency_key": "expire-1"})
    eventually(lambda: receiver.events)
    event = receiver.events[0]
    assert (event["type"], event["api_version"]) == ("checkout.session.expired", "2026-10-28.endive")
    assert event["data"]["object"]["id"] == session.id
    asked_by = {"id": reply.last_response.headers["Request-Id"], "idempotency_key": "expire-1"}
    assert event["request"] == asked_by
    eventually(lambda: client.v1.events.retrieve(event["id"]).pending_webhooks == 0)


def test_a_forged_payload_does_not_match_its_signature():
    header = signature('{"object": "event"}', "whsec_notASecret", 1)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header('{"object": "other"}', header, "whsec_notASecret")


def test_a_secret_that_is_being_rolled_signs_beside_the_new_one():
    header = signature("{}", "whsec_old,whsec_new", 1)
    assert all(stripe.WebhookSignature.verify_header("{}", header, secret) for secret in ("whsec_old", "whsec_new"))


def test_a_webhook_is_tried_again_until_it_is_taken(opened, client, receiver, eventually, door):
    receiver.status = 500
    client.v1.checkout.sessions.expire(opened().id)
    eventually(lambda: receiver.attempts >= 2)
    receiver.status = 200
    eventually(lambda: receiver.types() == ["checkout.session.expired"])
    delivered = eventually(lambda: door("GET", "deliveries?status=delivered")["deliveries"])
    assert delivered[0]["attempts"] == receiver.attempts
    assert delivered[0]["type"] == "checkout.session.expired"


def test_a_webhook_that_nobody_ever_takes_is_given_up(config, connect, order, receiver, eventually):
    receiver.status = 500
    with SandboxServer(replace(config, give_up_after=0.3)) as sandbox:
        client = connect(sandbox.url)
        client.v1.checkout.sessions.expire(client.v1.checkout.sessions.create(order()).id)
        failed = f"{sandbox.url}/_sandbox/deliveries?status=failed"
        assert eventually(lambda: requests.get(failed, timeout=5).json()["deliveries"])[0]["last_status"] == 500


def test_a_lost_webhook_never_comes_but_can_be_resent(opened, client, receiver, eventually, door):
    door("POST", "faults", {"webhooks": {"lose": 1}})
    client.v1.checkout.sessions.expire(opened().id)
    lost = door("GET", "deliveries")["deliveries"]
    assert [one["status"] for one in lost] == ["lost"]
    door("POST", f"events/{lost[0]['event_id']}/resend")
    eventually(lambda: [event["id"] for event in receiver.events] == [lost[0]["event_id"]])


def test_a_doubled_webhook_comes_twice_with_one_id(opened, client, receiver, eventually, door):
    door("POST", "faults", {"webhooks": {"double": 1}})
    client.v1.checkout.sessions.expire(opened().id)
    eventually(lambda: len(receiver.events) == 2)
    assert len({event["id"] for event in receiver.events}) == 1


def test_an_event_of_another_integration_can_be_sent(door, receiver, eventually):
    door("POST", "events", {"type": "payout.paid", "object": {"id": "po_other", "object": "payout"}})
    eventually(lambda: receiver.types() == ["payout.paid"])


def test_the_same_seed_loses_the_same_webhooks(opened, client, door):
    outcomes = []
    for _ in range(2):
        door("POST", "faults", {"seed": 7, "webhooks": {"lose": 0.5}})
        for _ in range(6):
            client.v1.checkout.sessions.expire(opened().id)
        outcomes.append([one["status"] == "lost" for one in door("GET", "deliveries")["deliveries"]][-6:])
    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0]) == {True, False}


def test_a_reply_lost_after_the_act_is_found_again_under_its_key(sandbox, connect, order, client, door):
    fault = {"match": "POST /v1/checkout/*", "drop_reply_after_act": True, "times": 1}
    door("POST", "faults", {"api": [fault]})
    with pytest.raises(stripe.APIConnectionError):
        client.v1.checkout.sessions.create(order(), {"idempotency_key": "pledge-1"})
    assert len(client.v1.checkout.sessions.list().data) == 1
    again = client.v1.checkout.sessions.create(order(), {"idempotency_key": "pledge-1"})
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    door("POST", "faults", {"api": [fault | {"times": 1}]})
    patient = connect(sandbox.url, retries=2)
    assert patient.v1.checkout.sessions.create(order()).id
    assert len(client.v1.checkout.sessions.list().data) == 2


def test_a_request_lost_on_the_way_does_nothing(client, order, door):
    door("POST", "faults", {"api": [{"match": "POST *", "drop_request": True, "times": 1}]})
    with pytest.raises(stripe.APIConnectionError):
        client.v1.checkout.sessions.create(order())
    assert client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize(("status", "error"), [(429, stripe.RateLimitError), (402, stripe.CardError)])
def test_an_api_fault_answers_in_the_shape_of_its_status(status, error, client, door):
    door("POST", "faults", {"api": [{"match": "GET /v1/balance", "status": status, "times": 1}]})
    with pytest.raises(error):
        client.v1.balance.retrieve()
    assert client.v1.balance.retrieve().object == "balance"


def test_a_wrong_fault_is_refused_and_faults_can_be_cleared(door):
    door("POST", "faults", {"webhooks": {"lose": 1}})
    assert "explode" in door("POST", "faults", {"webhooks": {"explode": 1}})["error"]
    assert door("GET", "faults")["webhooks"]["lose"] == 1
    assert door("DELETE", "faults")["webhooks"]["lose"] == 0


def test_a_sandbox_killed_in_the_middle_goes_on_where_it_was(tmp_path, receiver, connect, order, eventually):
    """A real process and a real SIGKILL: its webhooks were refused before, and are delivered after."""
    command = [
        sys.executable,
        "-m",
        "fundsite.sandbox",
        "--port",
        "0",
        "--data",
        str(tmp_path / "sandbox.sqlite"),
    ]
    command += [
        "--secret-key",
        "sk_test_notAKey",
        "--webhook-secret",
        "whsec_notASecret",
        "--settle-after",
        "0.05",
    ]
    command += ["--webhook-url", receiver.url, "--retry-first", "0.2"]

    def started():
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        return process, process.stdout.readline().split()[-1]

    receiver.status = 503
    process, url = started()
    with process:
        session = connect(url).v1.checkout.sessions.create(order(), {"idempotency_key": "pledge-1"})
        requests.post(f"{url}/_sandbox/sessions/{session.id}/pay", json={}, timeout=5)
        eventually(lambda: receiver.attempts > 0)
        process.send_signal(signal.SIGKILL)
    assert receiver.events == []
    receiver.status = 200
    process, url = started()
    with process:
        client = connect(url)
        eventually(lambda: {"checkout.session.completed", "charge.updated"} <= set(receiver.types()))
        assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
        assert client.v1.checkout.sessions.create(order(), {"idempotency_key": "pledge-1"}).id == session.id
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0


def test_a_file_that_cannot_be_opened_is_said_in_one_line(tmp_path):
    command = [
        sys.executable,
        "-m",
        "fundsite.sandbox",
        "--port",
        "0",
        "--data",
        str(tmp_path / "none" / "file"),
    ]
    command += ["--secret-key", "sk_test_notAKey", "--webhook-secret", "whsec_notASecret"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "unable to open" in ended.stderr


def test_a_sandbox_that_starts_again_keeps_its_clock(config, tmp_path):
    kept = replace(config, data=tmp_path / "sandbox.sqlite")
    with SandboxServer(kept) as sandbox:
        requests.post(f"{sandbox.url}/_sandbox/clock", json={"days": 3}, timeout=5)
    with SandboxServer(kept) as sandbox:
        assert requests.get(f"{sandbox.url}/_sandbox/clock", timeout=5).json()["ahead"] > 2.9 * 86400
