"""A site in the test's own process."""

import hashlib
import hmac
import json
import re
import time
from contextlib import contextmanager
from html import unescape
from zoneinfo import ZoneInfo

import requests

from fundsite.db import db, transaction
from fundsite.pledges.check import differences
from fundsite.settings import MailSettings, Settings
from fundsite.work import run_once

HIDDEN = re.compile(r"<input[^>]*>")


class TestSite:
    """The app with the doors that tests knock at: pages, Stripe's webhooks, the worker."""

    __test__ = False

    def __init__(self, app, stripe_url, letterbox, webhook_secret):
        self.app, self.stripe_url, self.letterbox, self.secret = app, stripe_url, letterbox, webhook_secret
        self.timezone = ZoneInfo("Asia/Tokyo")

    @staticmethod
    def settings(database_url, stripe_url, smtp_port, folder):
        return Settings(
            database_url=database_url,
            secret_key="not-a-secret-not-a-secret-not-a-secret",
            site_url="http://localhost",
            stripe_secret_key="sk_test_notAKey",
            stripe_webhook_secret="whsec_notASecret",
            stripe_api_base=stripe_url,
            mail=MailSettings("127.0.0.1", smtp_port, "", "", False, False, "noreply@fund.example"),
            media_url=f"file://{folder / 'media'}",
            redis_url="",
            timezone=ZoneInfo("Asia/Tokyo"),
            locale="ja",
            log_format="json",
            trusted_proxies=0,
            rate_limits=False,
        )

    def close(self):
        """Let go of the database."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def inside(self):
        """Stand inside the app, as a command or the worker does. Never around a request: each has its own."""
        return self.app.app_context()

    def browser(self):
        """Return a new visitor with their own cookies."""
        return self.app.test_client()

    def get(self, path, **kwargs):
        """Return the page that a new visitor sees."""
        return self.browser().get(path, **kwargs)

    def rows(self, statement):
        """Return what a SELECT finds now."""
        with self.inside():
            return db.session.execute(statement).all()

    def one(self, statement):
        """Return the one row or object that a SELECT finds now."""
        with self.inside():
            row = db.session.execute(statement).one()
        return row[0] if len(row) == 1 else row

    def change(self, *statements):
        """Change rows behind the product's back."""
        with self.inside(), transaction() as session:
            for statement in statements:
                session.execute(statement)

    def check(self):
        """Return the differences that `fundsite check` finds."""
        with self.inside():
            return differences()

    def work(self):
        """Run the worker once."""
        run_once(self.app)

    def stripe(self, path, body=None):
        """Knock at the sandbox's own doors: GET, or POST with a body."""
        address = f"{self.stripe_url}/_sandbox/{path}"
        reply = requests.get(address, timeout=10) if body is None else requests.post(address, json=body, timeout=10)
        reply.raise_for_status()
        return reply.json()

    def pay(self, session_id, card="4242424242424242"):
        """Pay a checkout session as a payer would on Stripe's page."""
        return self.stripe(f"sessions/{session_id}/pay", {"card": card})

    @contextmanager
    def faults(self, **faults):
        """Let the sandbox misbehave for a while."""
        self.stripe("faults", faults)
        try:
            yield
        finally:
            requests.delete(f"{self.stripe_url}/_sandbox/faults", timeout=10).raise_for_status()

    def session(self, session_id):
        """Return a checkout session as Stripe has it now."""
        return next(found for found in self.stripe("sessions")["sessions"] if found["id"] == session_id)

    def expire(self, session_id):
        """Let a checkout session run out."""
        address = f"{self.stripe_url}/v1/checkout/sessions/{session_id}/expire"
        requests.post(address, auth=("sk_test_notAKey", ""), timeout=10).raise_for_status()

    def events_about(self, object_id):
        """Return the events that Stripe holds about an object, oldest first."""
        key = ("sk_test_notAKey", "")
        reply = requests.get(f"{self.stripe_url}/v1/events", params={"limit": 100}, auth=key, timeout=10)
        return [event for event in reversed(reply.json()["data"]) if event["data"]["object"].get("id") == object_id]

    def signed(self, payload, *, at=None, secret=None):
        """Return the headers with which Stripe would deliver `payload`."""
        stamp = int(time.time() if at is None else at)
        body = payload if isinstance(payload, bytes) else payload.encode()
        mac = hmac.new((secret or self.secret).encode(), f"{stamp}.".encode() + body, hashlib.sha256)
        return {"Stripe-Signature": f"t={stamp},v1={mac.hexdigest()}", "Content-Type": "application/json"}

    def deliver(self, event):
        """Deliver an event as Stripe would and return the answer."""
        payload = json.dumps(event)
        return self.browser().post("/webhooks/stripe", data=payload, headers=self.signed(payload))


def session_id_of(reply):
    """Return the checkout session that a reply leads to."""
    assert reply.status_code == 303, reply.text
    assert "/c/pay/" in reply.location, reply.location
    return reply.location.rpartition("/")[2].partition("?")[0].partition("#")[0]


def hidden_fields(html):
    """Return the hidden inputs of a page by name."""
    fields = {}
    for tag in HIDDEN.findall(html):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attributes.get("type") == "hidden":
            fields[attributes["name"]] = unescape(attributes["value"])
    return fields
