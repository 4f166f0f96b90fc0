"""An attempt on a session's page: how it may end, and which sessions may be attempted."""

from dataclasses import dataclass

from fundsite.sandbox import customers, sessions
from fundsite.sandbox.cards import Card
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.events import emit
from fundsite.sandbox.methods import Payer

Chosen = Card | str  # a card, or the name of a method that pays later


@dataclass(frozen=True)
class Result:
    """How an attempt ended, and the session after it.

    The outcome is succeeded, waiting (for money that comes later), declined (with why), requires_action, or idle
    where there was nothing to end.
    """

    outcome: str
    session: JSON
    decline: str | None = None


def payable(box: Sandbox, session_id: str) -> JSON:
    """Return a session that may be paid or is complete; refuse one whose time is over."""
    session = box.need(sessions.KIND, session_id, param="session")
    if session["status"] == "open" and session["expires_at"] <= box.clock.now():
        sessions.expire_when_due(box, session_id)
        session = box.need(sessions.KIND, session_id)
    if session["status"] == "expired":
        raise StripeError(400, "This Checkout Session has expired.", param="session", kept=True)
    return session


def with_payer(box: Sandbox, session: JSON, chosen: Chosen, payer: Payer) -> tuple[JSON, Payer]:
    """Write down who pays; refuse a method that the session does not offer."""
    offered = chosen if isinstance(chosen, str) else "card"
    if offered not in session["payment_method_types"]:
        raise StripeError(400, f"This Checkout Session does not offer {offered}.", param="payment_method_types")
    payer = Payer(sessions.known_email(box, session) or payer.email, payer.name)
    details = sessions.payer_details(payer.email, payer.name)
    return box.store.save(session | {"customer_details": details}), payer


def with_customer(box: Sandbox, session: JSON) -> JSON:
    """Make the customer that a session wants made of its payer, once."""
    if session["customer"] or not (session["customer_creation"] == "always" or session["mode"] == "subscription"):
        return session
    made = customers.of_payer(box, session["customer_details"])["id"]
    return box.store.save(session | {"customer": made})


def challenge(session: JSON) -> JSON:
    """Return the step that sends a payer to the bank."""
    return {"type": "redirect_to_url", "redirect_to_url": {"return_url": None, "url": f"{session['url']}/challenge"}}


def complete(box: Sandbox, session: JSON, news: JSON, outcome: str = "succeeded") -> Result:
    """Close a session with what it led to, and say so."""
    session = box.store.save(session | {"status": "complete", "url": None} | news)
    emit(box, "checkout.session.completed", session)
    return Result(outcome, session)
