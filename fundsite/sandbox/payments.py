"""Sessions in payment mode: the PaymentIntent, what becomes of it, and the session after it."""

from fundsite.sandbox import cash, intents, konbini, methods
from fundsite.sandbox.attempts import Chosen, Result, challenge, complete, with_customer
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.methods import Payer

LATER = {"konbini": konbini.begin, "customer_balance": cash.begin}


def attempt(box: Sandbox, session: JSON, chosen: Chosen, payer: Payer) -> Result:
    """Try to pay; a declined card leaves the session open, and what pays later completes it unpaid."""
    session, intent = _confirmed(box, session, chosen, payer)
    if isinstance(chosen, str):
        session, intent = _owned(box, session, intent)
        return _completed(box, session, LATER[chosen](box, session, intent))
    if chosen.asks(off_session=False):
        intents.wait(box, intent, challenge(session))
        return Result("requires_action", session)
    return _charged(box, session, intent)


def waiting(box: Sandbox, session: JSON) -> JSON | None:
    """Return the intent whose payer stands before the bank's page, if there is one."""
    intent = box.store.get(session["payment_intent"] or "")
    return intent if intent and intent["status"] == "requires_action" else None


def passed(box: Sandbox, session: JSON, intent: JSON) -> Result:
    return _charged(box, session, box.store.save(intent | {"next_action": None}))


def refused(box: Sandbox, session: JSON, intent: JSON) -> Result:
    intents.decline(box, intent, "authentication_failure", code="card_declined")
    return Result("declined", session, "authentication_failure")


def _confirmed(box: Sandbox, session: JSON, chosen: Chosen, payer: Payer) -> tuple[JSON, JSON]:
    """Return the session and its PaymentIntent, made at the first attempt, with what was chosen as its method."""
    kept = methods.keep_plain(box, chosen, payer) if isinstance(chosen, str) else methods.keep_card(box, chosen, payer)
    intent = box.store.get(session["payment_intent"] or "") or _new_intent(box, session)
    session = box.store.save(session | {"payment_intent": intent["id"]})
    return session, box.store.save(intent | {"payment_method": kept["id"], "status": "requires_confirmation"})


def _new_intent(box: Sandbox, session: JSON) -> JSON:
    wanted = box.store.hidden(session["id"])["payment_intent_data"]
    same = ("currency", "customer", "payment_method_types", "payment_method_options")
    return intents.new(box, wanted | {name: session[name] for name in same} | {"amount": session["amount_total"]})


def _charged(box: Sandbox, session: JSON, intent: JSON) -> Result:
    if methods.card_of(box, intent["payment_method"]).behaviour.decline is None:
        session, intent = _owned(box, session, intent)
    intent = intents.charge(box, intent)
    if intent["status"] == "succeeded":
        return _completed(box, session, intent)
    return Result("declined", session, intent["last_payment_error"]["decline_code"])


def _owned(box: Sandbox, session: JSON, intent: JSON) -> tuple[JSON, JSON]:
    session = with_customer(box, session)
    return session, box.store.save(intent | {"customer": session["customer"]})


def _completed(box: Sandbox, session: JSON, intent: JSON) -> Result:
    """Close the session; it is paid if the money is there, and waits for it otherwise."""
    if intent["setup_future_usage"] and session["customer"]:
        methods.mark_set_up(box, intent["payment_method"])
        methods.give_to(box, box.need(methods.KIND, intent["payment_method"]), session["customer"])
    if intent["status"] == "succeeded":
        return complete(box, session, {"payment_status": "paid"})
    return complete(box, session, {"payment_status": "unpaid"}, "waiting")
