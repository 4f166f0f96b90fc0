"""Payments whose amount is not the pledge's: staff accept them as they are, or give them back."""

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.db import transaction
from fundsite.pledges import lifecycle
from fundsite.pledges.giving_back import AlreadySettled, NothingLeft
from fundsite.pledges.models import Payment, Pledge, Refund
from fundsite.pledges.money_back import act_on_refund
from fundsite.pledges.payments import BEFORE_MONEY

LEAVES = ("pending", "waiting", "declined")  # what still holds stock, and ends where its money goes back


def differs() -> ColumnElement[bool]:
    """Select the payments, joined with their pledges, that came and count for nothing yet."""
    paid = and_(Payment.status == "paid", ~Payment.surplus, Payment.purpose != "renewal")
    return and_(paid, Pledge.status.in_(sorted(BEFORE_MONEY)))


def accept(payment_id: int, by: int) -> None:
    """Take a payment as it is: the pledge is of that amount from here on, and paid.

    Raises AlreadySettled, and NothingLeft where its reward is sold out by now.
    """
    with transaction() as session:
        payment, pledge = _differing(session, payment_id)
        before = pledge.total
        _agree_on(pledge, payment.received)
        if not lifecycle.take_stock(session, pledge):
            raise NothingLeft(pledge.reference)
        lifecycle.move(session, pledge, "paid", f"staff:accepted:{payment.id}", clock.now())
        audit.record(session, by, "payment.accepted", "pledge", pledge.id, before=before, after=pledge.total)


def refuse(payment_id: int, reason: str, by: int) -> None:
    """Give a payment back whole; the pledge is left, and its stock free again. Raises AlreadySettled."""
    with transaction() as session:
        payment, pledge = _differing(session, payment_id)
        payment.surplus = True
        if pledge.status in LEAVES:
            lifecycle.move(session, pledge, "canceled", f"staff:refused:{payment.id}", clock.now())
        refund = Refund(pledge_id=pledge.id, payment_id=payment.id, amount=payment.received, cause="staff")
        refund.reason, refund.requested_by, refund.requested_at = reason, by, clock.now()
        session.add(refund)
        session.flush()
        number = refund.id
        audit.record(session, by, "payment.refused", "pledge", pledge.id, amount=payment.received)
    act_on_refund(number)


def _agree_on(pledge: Pledge, received: int) -> None:
    """Make the pledge's parts add up to what came: first what was given beyond the price, then the price."""
    if received < pledge.unit_amount * pledge.quantity:
        pledge.unit_amount = received // pledge.quantity
    pledge.extra = received - pledge.unit_amount * pledge.quantity
    pledge.total = received


def _differing(session: Session, payment_id: int) -> tuple[Payment, Pledge]:
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise AlreadySettled(str(payment_id))
    pledge = lifecycle.locked(session, payment.pledge_id)
    session.refresh(payment)
    if payment.status != "paid" or payment.surplus or pledge.status not in BEFORE_MONEY:
        raise AlreadySettled(pledge.reference)
    return payment, pledge
