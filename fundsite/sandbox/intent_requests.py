"""PaymentIntents by request: money taken from a saved card while its owner is elsewhere."""

from fundsite.sandbox import cash, intents, methods, rules
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox, merged_metadata
from fundsite.sandbox.errors import StripeError, bad_param

UNKNOWN = ("confirmation_token", "payment_method_data", "transfer_data", "mandate", "mandate_data", "on_behalf_of")
CHANGEABLE = ("description", "receipt_email", "statement_descriptor_suffix", "amount")


def create(box: Sandbox, params: JSON) -> JSON:
    """Make an intent and, where asked, confirm it at once; a decline is a 402 and leaves the intent behind."""
    _check(box, params)
    kept = {"currency": params["currency"].lower(), "payment_method": None}
    if params.get("automatic_payment_methods", {}).get("enabled", True):
        kept["automatic_payment_methods"] = {"allow_redirects": "always", "enabled": True}
    method = _method(box, params)
    intent = intents.new(box, params | kept)
    if method:
        news = {"payment_method": method["id"], "status": "requires_confirmation"}
        intent = box.store.save(intent | news)
    return _confirmed(box, intent, params) if params.get("confirm") else intent


def confirm(box: Sandbox, params: JSON, intent_id: str) -> JSON:
    """Try to charge an intent that waits for it."""
    intent = box.need(intents.KIND, intent_id, param="intent")
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        message = f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}."
        code = "payment_intent_unexpected_state"
        raise StripeError(400, message, code=code, kept=True, more={"payment_intent": intent})
    method = _method(box, params | {"customer": intent["customer"]})
    if method:
        intent = box.store.save(intent | {"payment_method": method["id"], "status": "requires_confirmation"})
    return _confirmed(box, intent, params)


def update(box: Sandbox, params: JSON, intent_id: str) -> JSON:
    """Change what is said of an intent, and its amount while nothing was charged."""
    intent = box.need(intents.KIND, intent_id, param="intent")
    if "amount" in params and intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        message = f"This PaymentIntent's amount could not be updated: its status is {intent['status']}."
        raise StripeError(400, message, param="amount", code="payment_intent_unexpected_state", kept=True)
    news = {name: params[name] for name in CHANGEABLE if name in params}
    return box.store.save(intent | news | {"metadata": merged_metadata(intent, params)})


def cancel(box: Sandbox, params: JSON, intent_id: str) -> JSON:
    """End an intent; what a transfer had already brought goes back to the customer's balance."""
    intent = box.need(intents.KIND, intent_id, param="intent")
    canceled = intents.cancel(box, intent, params.get("cancellation_reason"))
    if cash.is_waiting(intent):
        cash.release(box, intent)
    return canceled


def _check(box: Sandbox, params: JSON) -> None:
    for name in UNKNOWN:
        if name in params:
            raise bad_param(f"This sandbox does not know `{name}` here.", name)
    least, words = rules.MINIMUM.get(params["currency"].lower(), (50, f"50 {params['currency']}"))
    if params["amount"] < least:
        raise bad_param(f"Amount must be at least {words}", "amount", "amount_too_small")
    if "customer" in params:
        box.need("customer", params["customer"], param="customer", status=400)
    for name in ("off_session", "error_on_requires_action"):
        if params.get(name) and not params.get("confirm"):
            raise bad_param(f"You can only set `{name}` when `confirm` is true.", name)


def _method(box: Sandbox, params: JSON) -> JSON | None:
    """Return the method to charge; refuse one that belongs to someone else."""
    if "payment_method" not in params:
        return None
    method = methods.named(box, params["payment_method"])
    owner = method["customer"]
    if owner and owner != params.get("customer"):
        message = (
            f"The PaymentMethod {method['id']} belongs to a Customer. Please include that Customer in the request."
        )
        raise StripeError(400, message, param="payment_method")
    if method["type"] != "card":
        raise StripeError(400, "This sandbox charges only cards by request.", param="payment_method")
    return method


def _confirmed(box: Sandbox, intent: JSON, params: JSON) -> JSON:
    if intent["payment_method"] is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        code = "payment_intent_unexpected_state"
        raise StripeError(400, message, code=code, kept=True, more={"payment_intent": intent})
    intent = charged(box, intent, off_session=bool(params.get("off_session")), strict=_strict(params))
    if intent["status"] == "requires_payment_method":
        raise _declined(intent)
    if intent["setup_future_usage"] and intent["customer"]:
        methods.mark_set_up(box, intent["payment_method"])
        methods.give_to(box, box.need(methods.KIND, intent["payment_method"]), intent["customer"])
    return intent


def _strict(params: JSON) -> bool:
    return bool(params.get("off_session") or params.get("error_on_requires_action"))


def charged(box: Sandbox, intent: JSON, *, off_session: bool, strict: bool) -> JSON:
    """Charge an intent's card; where its bank wants to see the payer, decline (`strict`) or wait for them."""
    card = methods.card_of(box, intent["payment_method"])
    if not card.asks(off_session=off_session):
        return intents.charge(box, intent)
    if strict:
        return intents.decline(box, intent, "authentication_required", code="authentication_required")
    return intents.wait(box, intent, {"type": "use_stripe_sdk", "use_stripe_sdk": {}})


def _declined(intent: JSON) -> StripeError:
    error = intent["last_payment_error"]
    more = {name: error[name] for name in ("charge", "decline_code", "payment_method")}
    more["payment_intent"] = intent
    return StripeError(402, error["message"], kind="card_error", code=error["code"], kept=True, more=more)
