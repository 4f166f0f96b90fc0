"""Who may come in: the API key and the API version of a request."""

import hmac

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


def _key(request: Request) -> str | None:
    """Return the key of a bearer token, or the user name of basic authentication."""
    given = request.authorization
    return (given.token or given.username) if given else None
