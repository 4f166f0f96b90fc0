"""What can still be given back of a pledge, and of which payment."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fundsite.errors import FundsiteError
from fundsite.pledges.models import Payment, Pledge, Refund


class CannotRefund(FundsiteError):
    """The pledge has no payment of which so much could be given back; nothing was asked for."""


def left_to_refund(session: Session, pledge: Pledge) -> int:
    """Return what can still be given back, in the minor unit."""
    asked = session.scalar(
        select(func.coalesce(func.sum(Refund.amount), 0))
        .outerjoin(Payment, Payment.id == Refund.payment_id)
        .where(Refund.pledge_id == pledge.id, Refund.status != "failed", ~func.coalesce(Payment.surplus, False))
    )
    return _paid(session, pledge) - (asked or 0)


def _paid(session: Session, pledge: Pledge) -> int:
    if pledge.source != "online":
        return pledge.total
    paid = select(func.coalesce(func.sum(Payment.received), 0)).where(
        Payment.pledge_id == pledge.id, Payment.status == "paid", ~Payment.surplus
    )
    return session.scalar(paid) or 0


def payment_with(session: Session, pledge: Pledge, amount: int) -> int | None:
    """Choose the newest payment that still holds so much."""
    if pledge.source != "online":
        return None
    asked = (
        select(func.coalesce(func.sum(Refund.amount), 0))
        .where(Refund.payment_id == Payment.id, Refund.status != "failed")
        .scalar_subquery()
    )
    found = session.scalar(
        select(Payment.id)
        .where(Payment.pledge_id == pledge.id, Payment.status == "paid", ~Payment.surplus)
        .where(Payment.received - asked >= amount)
        .order_by(Payment.id.desc())
        .limit(1)
    )
    if found is None:
        raise CannotRefund(pledge.reference)
    return found
