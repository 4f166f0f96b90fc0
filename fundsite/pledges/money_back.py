"""Giving money back: asked for here or in Stripe's dashboard, it ends in the same state.

A refund is a row before Stripe hears of it, and its number is part of the idempotency key: a lost reply, a dead process
or a second click makes no second refund.
"""

from datetime import timedelta

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fundsite import clock, mail
from fundsite.books.ledger import book
from fundsite.db import db, release, transaction
from fundsite.payments.gateway import GatewayRefused, GatewayUnavailable, Movement, PaymentState, RefundState
from fundsite.payments.orders import RefundOrder
from fundsite.pledges import lifecycle
from fundsite.pledges.models import Payment, Pledge, Refund
from fundsite.pledges.payments import MADE_UP, account_of
from fundsite.pledges.refundable import CannotRefund, left_to_refund, payment_with
from fundsite.pledges.service import gateway

log = structlog.get_logger()

LATER = timedelta(hours=1)
MOST_TRIES = 3
AGAIN = "again"  # the note of a refund that came to nothing and was asked for anew
# In Stripe's refusals: the code, or the parameter at fault.
NOTHING_LEFT = {"charge_already_refunded", "amount", "made_up"}
WITHOUT_CARD = ("konbini", "bank")  # Stripe asks the payee by mail where the money is to go
GIVEN = ("pending", "succeeded")
REFUNDABLE = ("paid", "disputed", "active", "past_due", "ended")


def request_refund(
    session: Session,
    pledge_id: int,
    amount: int,
    reason: str,
    *,
    returns_stock: bool,
    by: int,
    attempt: str | None = None,
) -> Refund:
    """Write down that staff give `amount` back, within the caller's transaction; `act_on_refund` does it afterwards.

    The same attempt twice is one refund. Raises CannotRefund for more than is left of the payment, everything asked for
    before included. Money that did not come through Stripe was handed over by the staff themselves: that is only
    booked, and nobody is told of it here.
    """
    pledge = lifecycle.locked(session, pledge_id)
    earlier = session.scalar(select(Refund).where(Refund.attempt == attempt)) if attempt else None
    if earlier is not None:
        return earlier
    if pledge.status not in REFUNDABLE or not 0 < amount <= left_to_refund(session, pledge):
        raise CannotRefund(pledge.reference)
    refund = Refund(
        pledge_id=pledge.id,
        payment_id=payment_with(session, pledge, amount),
        amount=amount,
        cause="staff",
        reason=reason,
        returns_stock=returns_stock,
        requested_by=by,
        requested_at=clock.now(),
        attempt=attempt,
    )
    session.add(refund)
    session.flush()
    if refund.payment_id is None:
        handed_over(session, pledge, refund)
    return refund


def handed_over(session: Session, pledge: Pledge, refund: Refund) -> None:
    """Book what staff gave back themselves: in cash, or from the organisation's bank account."""
    refund.status = "succeeded"
    book(session, account_of(pledge), [Movement("offline_refund", f"refund:{refund.id}", -refund.amount, clock.now())])
    _recount(session, pledge)


def refunds_due(limit: int, *, everything: bool = False) -> list[int]:
    """Return the refunds that Stripe has not been asked for, or has not answered."""
    rows = select(Refund.id).where(Refund.status == "due", Refund.payment_id.is_not(None)).order_by(Refund.id)
    now_due = or_(Refund.next_try_at.is_(None), Refund.next_try_at <= clock.now())
    found = list(db.session.scalars(rows if everything else rows.where(now_due).limit(limit)))
    release()
    return found


def act_on_refund(refund_id: int) -> None:
    """Ask Stripe for a refund that is due. Safe to repeat; left for the worker if Stripe is away."""
    refund = db.session.get_one(Refund, refund_id)
    payment = db.session.get(Payment, refund.payment_id) if refund.payment_id else None
    pledge = db.session.get_one(Pledge, refund.pledge_id)
    reference, email = pledge.reference, pledge.email if pledge.method in WITHOUT_CARD else ""
    intent, due, amount = payment.intent_id if payment else None, refund.status == "due", refund.amount
    release()
    if not due or intent is None:
        return
    if intent.startswith(MADE_UP):
        _note_problem(refund_id, "made_up")
        return
    try:
        state = gateway().refund(RefundOrder(intent, amount, reference, str(refund_id), email))
    except GatewayUnavailable as error:
        log.warning("refund_waits", reference=reference, reason=str(error))
        return
    except GatewayRefused as error:
        log.warning("refund_refused", reference=reference, reason=str(error))
        _note_problem(refund_id, str(error))
        return
    with transaction() as session:
        pledge = lifecycle.locked(session, session.get_one(Refund, refund_id).pledge_id)
        _note(session, pledge, session.get_one(Payment, payment.id) if payment else None, state)
        _recount(session, pledge)


def _note_problem(refund_id: int, problem: str) -> None:
    """Keep why Stripe refused: staff see it. What can never be given is not asked for again, the rest in an hour."""
    with transaction() as session:
        refund = session.get_one(Refund, refund_id)
        refund.problem, refund.next_try_at = problem, clock.now() + LATER
        if NOTHING_LEFT & set(problem.split()):
            refund.status = "failed"


def note_refunds(session: Session, pledge: Pledge, payment: Payment, state: PaymentState) -> None:
    """Write down every refund of a payment as it stands, those made in the dashboard too."""
    for refund in state.refunds:
        _note(session, pledge, payment, refund)
    _recount(session, pledge)


def _note(session: Session, pledge: Pledge, payment: Payment | None, state: RefundState) -> None:
    refund = session.scalars(select(Refund).where(Refund.refund_id == state.id)).one_or_none()
    if refund is None and state.marker and state.marker.isdecimal():
        mine = select(Refund).where(Refund.id == int(state.marker), Refund.pledge_id == pledge.id)
        refund = session.scalars(mine.where(Refund.refund_id.is_(None))).one_or_none()
    if refund is None:
        refund = Refund(pledge_id=pledge.id, cause="dashboard", requested_at=clock.now(), amount=state.amount)
        refund.payment_id = payment.id if payment else None
        session.add(refund)
    told = refund.refund_id is not None
    refund.refund_id, refund.status, refund.amount, refund.problem = state.id, state.status, state.amount, ""
    session.flush()
    now = clock.now()
    movements = [Movement("refund", state.id, -state.amount, now)]
    if state.status == "failed":
        movements.append(Movement("refund_failed", state.id, state.amount, now))
    book(session, account_of(pledge), movements)
    if not told and state.status in GIVEN:
        tell(session, pledge, refund)


def tell(session: Session, pledge: Pledge, refund: Refund) -> None:
    """Announce a refund to its supporter, once."""
    if pledge.email:
        mail.announce(session, "pledge_refunded", refund.id, pledge.email, pledge.locale)


def _recount(session: Session, pledge: Pledge) -> None:
    """Bring pledge and figures to what has been given back by now; the stock follows where staff said so."""
    session.flush()
    if pledge.subscription_id is not None:
        return
    refunds = list(
        session.scalars(
            select(Refund)
            .outerjoin(Payment, Payment.id == Refund.payment_id)
            .where(Refund.pledge_id == pledge.id, Refund.status.in_(GIVEN), ~func.coalesce(Payment.surplus, False))
            .order_by(Refund.id)
        )
    )
    before = lifecycle.share_of(pledge)
    pledge.refunded = min(sum(refund.amount for refund in refunds), pledge.total)
    lifecycle.recount(session, pledge, before)
    whole = pledge.refunded == pledge.total
    if whole:
        lifecycle.move(session, pledge, "refunded", f"refund:{refunds[-1].id}", clock.now())
        if pledge.status == "refunded" and any(refund.returns_stock for refund in refunds):
            lifecycle.give_stock_back(session, pledge)
    elif pledge.status == "refunded":
        failed = session.scalar(select(func.max(Refund.id)).where(Refund.pledge_id == pledge.id))
        lifecycle.move(session, pledge, "refund_due", f"refund-failed:{failed}", clock.now())
    if pledge.status == "refund_due" and not whole:
        _try_again(session, pledge)


def _try_again(session: Session, pledge: Pledge) -> None:
    """Owe anew what came back, a few times; then staff must find another way, or at once where nothing is left."""
    rows = list(session.scalars(select(Refund).where(Refund.pledge_id == pledge.id).order_by(Refund.id)))
    if any(refund.status == "due" for refund in rows) or len(rows) >= MOST_TRIES or not rows or rows[-1].note:
        return
    if NOTHING_LEFT & set(rows[-1].problem.split()):
        return
    again(session, rows[-1]).next_try_at = clock.now() + LATER


def again(session: Session, last: Refund) -> Refund:
    """Write down anew what could not be given back; the one before has come to its end."""
    last.note = last.note or AGAIN
    new = Refund(pledge_id=last.pledge_id, payment_id=last.payment_id, amount=last.amount, cause=last.cause)
    new.reason, new.returns_stock, new.requested_by = last.reason, last.returns_stock, last.requested_by
    new.requested_at = clock.now()
    session.add(new)
    session.flush()
    return new
