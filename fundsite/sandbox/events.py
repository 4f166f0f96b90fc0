"""Events: what happened, with a snapshot of the object at that moment, and a row for each webhook."""

import json

from flask import g, has_request_context

from fundsite.sandbox import deliveries
from fundsite.sandbox.catalogue import API_VERSION, JSON, blank
from fundsite.sandbox.core import Sandbox


def emit(box: Sandbox, kind: str, subject: JSON, previous: JSON | None = None) -> JSON:
    """Record that `kind` happened to `subject`, and queue its webhook in the same transaction."""
    data: JSON = {"object": json.loads(json.dumps(subject))}
    if previous is not None:
        data["previous_attributes"] = previous
    event = {
        **blank("event"),
        **box.born("evt"),
        "type": kind,
        "api_version": API_VERSION,
        "data": data,
        "request": _origin(),
        "pending_webhooks": int(box.config.webhook_url is not None),
    }
    with box.store.transaction():
        box.store.add(event)
        deliveries.queue(box, event)
    return event


def changed(before: JSON, after: JSON) -> JSON:
    """Return the former values of what changed, as `previous_attributes` has them."""
    return {name: value for name, value in before.items() if after.get(name) != value}


def _origin() -> JSON:
    """Say which API request caused an event; those of the page, the clock and the bank have none."""
    asked = has_request_context()
    return {
        "id": g.get("request_id") if asked else None,
        "idempotency_key": g.get("idempotency_key") if asked else None,
    }
