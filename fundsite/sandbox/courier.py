"""The background: one thread that does what has come due, and a few that carry webhooks."""

import hashlib
import hmac
import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from fundsite.sandbox import deliveries, jobs
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.deliveries import Delivery

CONNECTIONS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


def signature(payload: str, secrets: str, moment: int) -> str:
    """Return the `Stripe-Signature` header: one v1 for each secret, as while a secret is being rolled."""
    signed = f"{moment}.{payload}".encode()
    marks = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets.split(",")]
    return f"t={moment}," + ",".join(f"v1={mark}" for mark in marks)


def post(url: str, payload: str, headers: dict[str, str], timeout: float) -> int:
    """Post to a webhook address and return the status; like Stripe, follow no redirect."""
    target = urlsplit(url)
    connection = CONNECTIONS[target.scheme](target.hostname or "", target.port, timeout=timeout)
    try:
        path = f"{target.path or '/'}{'?' if target.query else ''}{target.query}"
        connection.request("POST", path, payload.encode(), headers)
        response = connection.getresponse()
        response.read()
        return int(response.status)
    finally:
        connection.close()


class Courier:
    """Runs from `start` to `stop`. Whatever was under way at a stop is still pending at the next start."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self._stopping = threading.Event()
        self._under_way: set[int] = set()
        self._pool = ThreadPoolExecutor(box.config.delivery_workers, thread_name_prefix="sandbox-webhook")
        self._thread = threading.Thread(target=self._run, name="sandbox-courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self.box.nudge.set()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.box.nudge.wait(self.box.config.tick)
            self.box.nudge.clear()
            jobs.run_due(self.box)
            busy = set(self._under_way)  # before asking what is due: what ends in between is then no longer due
            for delivery in deliveries.due(self.box):
                if delivery.seq not in busy and not self._stopping.is_set():
                    self._under_way.add(delivery.seq)
                    self._pool.submit(self._carry, delivery)

    def _carry(self, delivery: Delivery) -> None:
        try:
            event = self.box.store.get(delivery.event_id)
            if event is not None:
                status, error = self._attempt(event)
                deliveries.settle(self.box, delivery, status, error)
        finally:
            self._under_way.discard(delivery.seq)

    def _attempt(self, event: JSON) -> tuple[int | None, str | None]:
        config = self.box.config
        payload = json.dumps(event, indent=2, ensure_ascii=False)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(payload, config.webhook_secret, int(time.time())),
        }
        try:
            return post(config.webhook_url or "", payload, headers, config.delivery_timeout), None
        except (OSError, http.client.HTTPException, KeyError, ValueError) as error:
            return None, f"{type(error).__name__}: {error}"
