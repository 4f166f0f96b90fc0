"""PaymentIntents: what they look like and the ways they move, whoever asked for the money."""

from fundsite.sandbox import charges, methods
from fundsite.sandbox.cards import MESSAGES
from fundsite.sandbox.catalogue import JSON, SHAPES, blank
from fundsite.sandbox.core import Sandbox, metadata_of
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.events import emit

KIND = "payment_intent"
CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action", "processing")


def new(box: Sandbox, wanted: JSON) -> JSON:
    """Make an intent of what is wanted; nothing is charged yet."""
    born = box.born("pi")
    intent = {
        **blank(KIND),
        "capture_method": "automatic_async",
        "payment_method_types": ["card"],
        **{name: value for name, value in wanted.items() if name in SHAPES[KIND]},
        **born,
        "metadata": metadata_of(wanted),
        "client_secret": f"{born['id']}_secret_{box.born('x')['id'][2:]}",
        "confirmation_method": "automatic",
        "status": "requires_payment_method",
    }
    box.store.add(intent)
    emit(box, "payment_intent.created", intent)
    return intent


def wait(box: Sandbox, intent: JSON, action: JSON) -> JSON:
    """Have the payer do something first."""
    intent = box.store.save(intent | {"status": "requires_action", "next_action": action})
    emit(box, "payment_intent.requires_action", intent)
    return intent


def charge(box: Sandbox, intent: JSON) -> JSON:
    """Ask the bank of the intent's card; return the intent as it is after the answer."""
    does = methods.card_of(box, intent["payment_method"]).behaviour
    if does.decline:
        return decline(box, intent, does.decline, code=does.code)
    return succeed(box, intent, charges.succeeded(box, intent))


def succeed(box: Sandbox, intent: JSON, charge: JSON) -> JSON:
    paid = {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
    intent = box.store.save(intent | paid | {"latest_charge": charge["id"], "next_action": None})
    emit(box, "payment_intent.succeeded", intent)
    return intent


def decline(box: Sandbox, intent: JSON, reason: str, *, code: str) -> JSON:
    """End an attempt without money: the intent waits for another payment method."""
    error: JSON = {"type": "card_error", "code": code, "message": MESSAGES[reason]}
    if reason == "authentication_failure":
        error |= {"type": "invalid_request_error", "code": "payment_intent_authentication_failure"}
    else:
        failed = charges.failed(box, intent, reason, code=code)
        error |= {"charge": failed["id"], "decline_code": reason}
        intent = intent | {"latest_charge": failed["id"]}
    return give_up(box, intent, error)


def give_up(box: Sandbox, intent: JSON, error: JSON) -> JSON:
    """Go back to the start of an attempt, saying why it failed."""
    used = box.store.get(intent["payment_method"] or "")
    ended = {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    intent = box.store.save(intent | ended | {"last_payment_error": error | {"payment_method": used}})
    emit(box, "payment_intent.payment_failed", intent)
    return intent


def cancel(box: Sandbox, intent: JSON, reason: str | None) -> JSON:
    """End an intent for good; refuse one that is paid or canceled already."""
    if intent["status"] not in CANCELABLE:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. "
            f"Only a PaymentIntent with one of the following statuses may be canceled: {', '.join(CANCELABLE)}."
        )
        code = "payment_intent_unexpected_state"
        raise StripeError(400, message, code=code, kept=True, more={"payment_intent": intent})
    ended = {"status": "canceled", "canceled_at": box.clock.seconds(), "cancellation_reason": reason}
    intent = box.store.save(intent | ended | {"next_action": None})
    emit(box, "payment_intent.canceled", intent)
    return intent
