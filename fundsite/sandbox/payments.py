"""Paying a session: the PaymentIntent, its charges, and every event on the way."""

from dataclasses import dataclass

from fundsite.sandbox import charges, customers, sessions
from fundsite.sandbox.cards import MESSAGES, Card
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox, metadata_of
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.events import emit


@dataclass(frozen=True)
class Payer:
    """Who stands at the page; the session's own e-mail wins over what is typed."""

    email: str
    name: str


@dataclass(frozen=True)
class Result:
    """How an attempt ended: succeeded, declined (with why) or requires_action; and the session after it."""

    outcome: str
    session: JSON
    decline: str | None = None


def attempt(box: Sandbox, session_id: str, card: Card, payer: Payer) -> Result:
    """Try to pay an open session.

    A declined card leaves the session open. A session that is already complete is left as it is and counts as
    succeeded, so that a form sent twice charges once. An expired session is refused.
    """
    with box.store.transaction():
        session = _payable(box, session_id)
        if session["status"] == "complete":
            return Result("succeeded", session)
        session, intent = _confirmed(box, session, card, payer)
        if card.behaviour.authenticate:
            action = {"type": "redirect_to_url", "redirect_to_url": {"url": f"{session['url']}/challenge"}}
            intent = box.store.save(intent | {"status": "requires_action", "next_action": action})
            emit(box, "payment_intent.requires_action", intent)
            return Result("requires_action", session)
        if card.behaviour.decline:
            return _declined(box, session, intent, card, card.behaviour.decline)
        return _succeeded(box, session, intent, card)


def authenticate(box: Sandbox, session_id: str, *, passed: bool) -> Result:
    """End the 3-D Secure step of an attempt; without such a step under way, report what is."""
    with box.store.transaction():
        session = _payable(box, session_id)
        intent = box.store.get(session["payment_intent"] or "")
        if session["status"] == "complete" or intent is None or intent["status"] != "requires_action":
            return Result("succeeded" if session["status"] == "complete" else "idle", session)
        card = Card(**box.store.hidden(intent["payment_method"]))
        intent = box.store.save(intent | {"next_action": None})
        if passed:
            return _succeeded(box, session, intent, card)
        return _declined(box, session, intent, card, "authentication_failure")


def _payable(box: Sandbox, session_id: str) -> JSON:
    session = box.need(sessions.KIND, session_id, param="session")
    if session["status"] == "open" and session["expires_at"] <= box.clock.now():
        sessions.expire_when_due(box, session_id)
        session = box.need(sessions.KIND, session_id)
    if session["status"] == "expired":
        raise StripeError(400, "This Checkout Session has expired.", param="session", kept=True)
    return session


def _confirmed(box: Sandbox, session: JSON, card: Card, payer: Payer) -> tuple[JSON, JSON]:
    """Return the session and its PaymentIntent, made at the first attempt, with this card as its method."""
    details = sessions.payer_details(sessions.known_email(box, session) or payer.email, payer.name)
    intent = box.store.get(session["payment_intent"] or "") or _new_intent(box, session)
    intent |= {"payment_method": charges.payment_method(box, card), "status": "requires_confirmation"}
    session |= {"payment_intent": intent["id"], "customer_details": details}
    return box.store.save(session), box.store.save(intent)


def _new_intent(box: Sandbox, session: JSON) -> JSON:
    wanted = box.store.hidden(session["id"])["payment_intent_data"]
    born = box.born("pi")
    intent = {
        **blank("payment_intent"),
        **{name: value for name, value in wanted.items() if name in blank("payment_intent")},
        **born,
        "metadata": metadata_of(wanted),
        "amount": session["amount_total"],
        "automatic_payment_methods": None,
        "capture_method": wanted.get("capture_method", "automatic_async"),
        "client_secret": f"{born['id']}_secret_{box.born('x')['id'][2:]}",
        "confirmation_method": "automatic",
        "currency": session["currency"],
        "customer": session["customer"],
        "payment_method_types": session["payment_method_types"],
        "status": "requires_payment_method",
    }
    box.store.add(intent)
    emit(box, "payment_intent.created", intent)
    return intent


def _declined(box: Sandbox, session: JSON, intent: JSON, card: Card, reason: str) -> Result:
    failed_authentication = reason == "authentication_failure"
    error: JSON = {
        "type": "invalid_request_error" if failed_authentication else "card_error",
        "code": "payment_intent_authentication_failure" if failed_authentication else card.behaviour.code,
        "message": MESSAGES[reason],
    }
    if not failed_authentication:
        charge = charges.failed(box, session, intent, card, reason)
        error |= {"charge": charge["id"], "decline_code": reason}
        intent |= {"latest_charge": charge["id"]}
    intent |= {"status": "requires_payment_method", "payment_method": None, "last_payment_error": error}
    emit(box, "payment_intent.payment_failed", box.store.save(intent))
    return Result("declined", session, reason)


def _succeeded(box: Sandbox, session: JSON, intent: JSON, card: Card) -> Result:
    if session["customer"] is None and session["customer_creation"] == "always":
        customer = customers.create(box, {key: session["customer_details"][key] for key in ("email", "name")})
        session |= {"customer": customer["id"]}
        intent |= {"customer": customer["id"]}
    charge = charges.succeeded(box, session, intent, card)
    paid = {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
    intent = box.store.save(intent | paid | {"latest_charge": charge["id"]})
    emit(box, "payment_intent.succeeded", intent)
    session = box.store.save(session | {"status": "complete", "payment_status": "paid", "url": None})
    emit(box, "checkout.session.completed", session)
    return Result("succeeded", session)
