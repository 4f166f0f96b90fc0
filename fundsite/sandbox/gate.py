"""Who may come in: the API key and the API version of a request, and how many come at once."""

import hmac
import threading
import time
from collections import deque

from flask import Request

from fundsite.sandbox.catalogue import API_VERSION
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import StripeError


def admit(box: Sandbox, request: Request) -> None:
    """Refuse a missing or wrong key, and any version of the API but the one that this sandbox speaks."""
    key = _key(request)
    if not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise StripeError(401, message)
    if not hmac.compare_digest(key.encode(), box.config.secret_key.encode()):
        raise StripeError(401, f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}")
    version = request.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise StripeError(400, f"Invalid Stripe API version: {version}. This sandbox speaks {API_VERSION}.")


class Pace:
    """Counts the requests of the last second."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._recent: deque[float] = deque()

    def keep(self) -> None:
        """Refuse a request when too many came within a second; a refused one does not count."""
        if self._most is None:
            return
        with self._lock:
            now = time.monotonic()
            while self._recent and self._recent[0] <= now - 1:
                self._recent.popleft()
            if len(self._recent) >= self._most:
                message = "Request rate limit exceeded. Back off, and try again later."
                raise StripeError(429, message, code="rate_limit")
            self._recent.append(now)


def _key(request: Request) -> str | None:
    """Return the key of a bearer token, or the user name of basic authentication."""
    given = request.authorization
    return (given.token or given.username) if given else None
