"""A sandbox on a port of its own, behind Stripe's own library, and someone who receives its webhooks."""

import json
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import stripe

from fundsite.sandbox import SandboxConfig, SandboxServer

KEY, SECRET = "sk_test_notAKey", "whsec_notASecret"
QUICK = SandboxConfig(
    secret_key=KEY,
    webhook_secret=SECRET,
    settle_after=0.05,
    tick=0.02,
    retry_first=0.05,
    delivery_timeout=2.0,
)


class Receiver:
    """Takes webhooks, checks their signature with Stripe's library, and answers with `status`."""

    def __init__(self):
        self.status, self.attempts, self.events = 200, 0, []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.take(body, self.headers["Stripe-Signature"])
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks/stripe"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def take(self, body, signature):
        self.attempts += 1
        stripe.Webhook.construct_event(body, signature, SECRET)
        if self.status < 300:
            self.events.append(json.loads(body))
        return self.status

    def types(self):
        return [event["type"] for event in self.events]

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def config(receiver):
    return replace(QUICK, webhook_url=receiver.url)


@pytest.fixture
def sandbox(config):
    with SandboxServer(config) as server:
        yield server


@pytest.fixture(scope="module")
def shared():
    """Serve one sandbox for a whole module, for tests that only look at what they made themselves."""
    with SandboxServer(QUICK) as server:
        yield server


@pytest.fixture
def client(sandbox):
    return client_for(sandbox.url)


def client_for(url, key=KEY, version=None, retries=0):
    http = stripe.RequestsClient(session=requests.Session())
    return stripe.StripeClient(
        key,
        stripe_version=version,
        base_addresses={"api": url},
        max_network_retries=retries,
        http_client=http,
    )


@pytest.fixture
def connect():
    return client_for


def order(**changes):
    """Return what a product asks for when someone wants to pay 3,000 yen."""
    line = {"currency": "jpy", "unit_amount": 3000, "product_data": {"name": "リターンA"}}
    return {
        "mode": "payment",
        "success_url": "https://example.org/thanks?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://example.org/back",
        "line_items": [{"price_data": line, "quantity": 1}],
    } | changes


@pytest.fixture(name="order")
def order_fixture():
    return order


@pytest.fixture
def opened(client):
    """Open a session; call it with changes to the usual order."""
    return lambda **changes: client.v1.checkout.sessions.create(order(**changes))


@pytest.fixture
def pay(sandbox):
    """Pay a session without a browser, by the door for tests."""

    def pay(session, card="4242424242424242", **more):
        url = f"{sandbox.url}/_sandbox/sessions/{session.id}/pay"
        return requests.post(url, json={"card": card, **more}, timeout=5).json()

    return pay


@pytest.fixture
def door(sandbox):
    """Call a door for tests: `door("GET", "books")`."""

    def door(method, path, document=None):
        return requests.request(method, f"{sandbox.url}/_sandbox/{path}", json=document, timeout=5).json()

    return door


@pytest.fixture
def eventually():
    """Wait until something is true, and return it; fail when it has not become so in five seconds."""

    def eventually(ask):
        until = time.monotonic() + 5
        while not (answer := ask()):
            assert time.monotonic() < until, "it never came true"
            time.sleep(0.01)
        return answer

    return eventually
