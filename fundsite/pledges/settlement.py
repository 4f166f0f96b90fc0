"""What Stripe says, applied: by webhook, by the thanks page and by the worker, all through `apply`.

A delivery is only a hint. The object's present state is fetched and that is applied, so late, doubled, lost and
reordered deliveries end in the same place.
"""

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.db import db, release, transaction
from fundsite.payments.gateway import CheckoutState, GatewayEvent, GatewayRefused, GatewayUnavailable
from fundsite.pledges import lifecycle
from fundsite.pledges.models import Pledge, StripeEvent
from fundsite.pledges.opening import open_checkout
from fundsite.pledges.service import CheckoutUnavailable, gateway

log = structlog.get_logger()

CHECKOUT_EVENTS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
    }
)


def receive(body: bytes, signature: str) -> str:
    """Verify a delivery and apply what it hints at; returns in a word what became of it, for the log.

    Raises BadSignature, and GatewayUnavailable where Stripe must deliver again because it could not be asked now.
    """
    event = gateway().read_event(body, signature)
    if event.type not in CHECKOUT_EVENTS:
        return "not for us to handle"
    if event.reference is None:
        return "another program's object"
    if not _record(event):
        return "seen before"
    try:
        apply_present(event.object_id)
    except GatewayRefused:
        return "unknown object"
    _mark_handled(event)
    return "applied"


def apply_present(session_id: str) -> None:
    """Fetch a session as it is now and apply that; raises what the gateway raises."""
    state = gateway().checkout(session_id)
    apply(state, f"stripe:{state.id}:{state.status}")


def _record(event: GatewayEvent) -> bool:
    """Write the event down once; False if it was handled before."""
    values = {"id": event.id, "type": event.type, "object_id": event.object_id, "received_at": clock.now()}
    with transaction() as session:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(StripeEvent).values(values).on_conflict_do_nothing())
        return session.get_one(StripeEvent, event.id).handled_at is None


def _mark_handled(event: GatewayEvent) -> None:
    with transaction() as session:
        session.execute(update(StripeEvent).where(StripeEvent.id == event.id).values(handled_at=clock.now()))


def _pledge_id(state: CheckoutState) -> int | None:
    """Find whose session this is, also where we died before noting its id."""
    if state.reference is None:
        return None
    found = db.session.scalar(
        select(Pledge.id).where(
            Pledge.reference == state.reference,
            or_(Pledge.checkout_session_id == state.id, Pledge.checkout_session_id.is_(None)),
        )
    )
    release()
    return found


def apply(state: CheckoutState, cause: str) -> None:
    """Bring a pledge to what its checkout session says, in one transaction; then pay back what cannot be kept."""
    pledge_id = _pledge_id(state)
    if pledge_id is None:
        return
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        pledge.checkout_session_id = state.id
        if state.status == "expired":
            _moved(session, pledge, "expired", cause)
        elif state.paid:
            _settle_payment(session, pledge, state, cause)
        owed = pledge.status == "refund_due"
    if owed:
        refund(pledge_id)


def _settle_payment(session: Session, pledge: Pledge, state: CheckoutState, cause: str) -> None:
    if (state.amount, state.currency) != (pledge.total, pledge.currency):
        log.error("amount_differs", reference=pledge.reference, ours=pledge.total, theirs=state.amount)
        return
    pledge.payment_intent_id = state.payment_intent_id
    late = pledge.status in {"expired", "canceled"}
    if late and not lifecycle.take_stock(session, pledge):
        _moved(session, pledge, "refund_due", cause)
    else:
        _moved(session, pledge, "paid", cause)


def _moved(session: Session, pledge: Pledge, to_status: str, cause: str) -> None:
    if lifecycle.move(session, pledge, to_status, cause, clock.now()):
        log.info("pledge_moved", reference=pledge.reference, to=to_status, cause=cause)


def refund(pledge_id: int) -> None:
    """Pay back a payment that came after its reward was gone. Safe to repeat; left for the worker if Stripe is away."""
    pledge = db.session.get_one(Pledge, pledge_id)
    intent, reference = pledge.payment_intent_id, pledge.reference
    release()
    if intent is None:
        return
    try:
        refund_id = gateway().refund(intent, reference)
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("refund_waits", reference=reference, reason=str(error))
        return
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        pledge.refund_id = refund_id
        _moved(session, pledge, "refunded", f"refund:{refund_id}")


def ask(pledge: Pledge) -> None:
    """Ask Stripe how a pending pledge stands and apply the answer; a service that is away changes nothing."""
    session_id = pledge.checkout_session_id
    if pledge.status != "pending" or session_id is None:
        return
    release()
    try:
        apply_present(session_id)
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("checkout_not_known", reason=str(error))


def leave(pledge: Pledge) -> str:
    """Give a pending pledge up: close its session first, so that it can never be paid, then give the stock back.

    Returns the status it ended in: "canceled", or "paid" where the payer was faster. Raises CheckoutUnavailable
    when Stripe cannot be asked; the pledge then stands until its session runs out.
    """
    pledge_id = pledge.id
    if pledge.status != "pending":
        return pledge.status
    session_id = pledge.checkout_session_id or open_checkout(pledge).id
    release()
    try:
        state = gateway().expire_checkout(session_id)
    except (GatewayUnavailable, GatewayRefused) as error:
        raise CheckoutUnavailable(str(error)) from error
    if state.status == "expired":
        with transaction() as session:
            _moved(session, lifecycle.locked(session, pledge_id), "canceled", "supporter:left")
    else:
        apply(state, f"stripe:{state.id}:{state.status}")
    return db.session.get_one(Pledge, pledge_id).status
