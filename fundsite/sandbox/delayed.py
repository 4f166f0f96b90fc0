"""Money that comes after the page was left: what that does to the intent and to its session."""

from fundsite.sandbox import charges, intents
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.events import emit
from fundsite.sandbox.store import Wanted

SESSION = "checkout.session"


def session_of(box: Sandbox, intent: JSON) -> JSON | None:
    """Return the session on whose page an intent was made."""
    found = box.store.select(Wanted(SESSION, link=("payment_intent", intent["id"])), 1)
    return found[0] if found else None


def arrived(box: Sandbox, intent: JSON, details: JSON) -> JSON:
    """Count the money: the charge, the intent, and the session if it was waiting."""
    session = session_of(box, intent)
    intent = intents.succeed(box, intent, charges.succeeded(box, intent, details))
    if session and session["status"] == "complete":
        session = box.store.save(session | {"payment_status": "paid"})
        emit(box, "checkout.session.async_payment_succeeded", session)
    return intent


def lapsed(box: Sandbox, intent: JSON) -> JSON:
    """Give up waiting: the attempt has failed, and its session will never be paid."""
    session = session_of(box, intent)
    code = "payment_intent_payment_attempt_expired"
    message = "The payment attempt for this PaymentIntent has expired: it was not paid in time."
    failed = charges.failed(box, intent, "expired", code=code, message=message)
    error = {"type": "invalid_request_error", "code": code, "message": message, "charge": failed["id"]}
    intent = intents.give_up(box, intent | {"latest_charge": failed["id"]}, error)
    if session:
        emit(box, "checkout.session.async_payment_failed", session)
    return intent
