"""SetupIntents: a card saved for later charges, with the payer's authentication where the bank wants it."""

from fundsite.sandbox import methods
from fundsite.sandbox.cards import MESSAGES, Card
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox, metadata_of
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.events import emit

KIND = "setup_intent"
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def new(box: Sandbox, session: JSON, wanted: JSON) -> JSON:
    """Make the intent of a session in setup mode; the session shows it from the start."""
    born = box.born("seti")
    intent = {
        **blank(KIND),
        **born,
        "client_secret": f"{born['id']}_secret_{box.born('x')['id'][2:]}",
        "customer": session["customer"],
        "description": wanted.get("description"),
        "metadata": metadata_of(wanted),
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": session["payment_method_types"],
        "status": "requires_payment_method",
        "usage": "off_session",
    }
    box.store.add(intent)
    emit(box, "setup_intent.created", intent)
    return intent


def try_card(box: Sandbox, intent: JSON, card: Card, payer: methods.Payer, action: JSON) -> JSON:
    """Ask the card's bank to save it; return the intent after the answer, `requires_confirmation` if that is yes."""
    method = methods.keep_card(box, card, payer)
    intent = box.store.save(intent | {"payment_method": method["id"], "status": "requires_confirmation"})
    if card.behaviour.authenticate:
        intent = box.store.save(intent | {"status": "requires_action", "next_action": action})
        emit(box, "setup_intent.requires_action", intent)
        return intent
    if card.behaviour.decline and not card.behaviour.attaches:
        return fail(box, intent, card.behaviour.decline, card.behaviour.code)
    return intent


def succeed(box: Sandbox, intent: JSON) -> JSON:
    """Save the card with the customer, so that it can be charged without them."""
    method = box.need(methods.KIND, intent["payment_method"])
    methods.mark_set_up(box, method["id"])
    if intent["customer"]:
        methods.give_to(box, method, intent["customer"])
    ended = {"status": "succeeded", "next_action": None, "last_setup_error": None}
    intent = box.store.save(intent | ended)
    emit(box, "setup_intent.succeeded", intent)
    return intent


def fail(box: Sandbox, intent: JSON, reason: str, code: str) -> JSON:
    """Record that the card was not saved; another one may be tried."""
    used = box.store.get(intent["payment_method"])
    error = {"code": code, "decline_code": reason, "message": MESSAGES[reason], "type": "card_error"}
    if reason == "authentication_failure":
        error |= {"code": "setup_intent_authentication_failure", "type": "invalid_request_error"}
        del error["decline_code"]
    ended = {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    intent = box.store.save(intent | ended | {"last_setup_error": error | {"payment_method": used}})
    emit(box, "setup_intent.setup_failed", intent)
    return intent


def cancel(box: Sandbox, params: JSON, intent_id: str) -> JSON:
    """End an intent for good; refuse one that has succeeded or is canceled already."""
    intent = box.need(KIND, intent_id, param="intent")
    if intent["status"] not in OPEN:
        message = f"You cannot cancel this SetupIntent because it has a status of {intent['status']}."
        code = "setup_intent_unexpected_state"
        raise StripeError(400, message, code=code, kept=True, more={"setup_intent": intent})
    reason = params.get("cancellation_reason")
    intent = box.store.save(intent | {"status": "canceled", "cancellation_reason": reason, "next_action": None})
    emit(box, "setup_intent.canceled", intent)
    return intent


def cancel_open(box: Sandbox, intent_id: str) -> None:
    if box.need(KIND, intent_id)["status"] in OPEN:
        cancel(box, {}, intent_id)
