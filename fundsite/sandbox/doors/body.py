"""What a door is asked: a JSON object or nothing, and the payment that its address names."""

from flask import request

from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import missing


def asked(*known: str) -> JSON:
    """Return the body of the request; refuse what is no object and names that the door does not know."""
    body = request.get_json(silent=True)
    if body is None and not request.data:
        return {}
    if not isinstance(body, dict):
        raise TypeError("The body must be a JSON object.")
    unknown = body.keys() - set(known) if known else ()
    if unknown:
        raise ValueError(f"This door does not know: {', '.join(sorted(unknown))}.")
    return body


def intent_of(box: Sandbox, name: str) -> JSON:
    """Return the PaymentIntent that is meant by its own id, its session's or its charge's."""
    found = box.store.get(name) or {}
    if found.get("object") == "payment_intent":
        return found
    intent = box.store.get(found.get("payment_intent") or "", "payment_intent")
    if intent is None:
        raise missing("payment", name)
    return intent
