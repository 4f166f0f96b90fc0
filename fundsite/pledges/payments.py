"""The payments of a pledge: which Stripe payment belongs to whom, and what is written down of it."""

from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.books.ledger import Account
from fundsite.db import db, release, transaction
from fundsite.payments.gateway import PaymentState
from fundsite.pledges.models import Payment, Pledge
from fundsite.retries import retry_at

BEFORE_MONEY = frozenset({"pending", "waiting", "promised", "expired", "canceled", "declined"})
MADE_UP = "pi_demo_"  # how the payments of the demo's history begin: no service knows them
FEE_AFTER = timedelta(minutes=1)  # Stripe names the fee a moment after the charge


def account_of(pledge: Pledge) -> Account:
    """Say under whose name a pledge's movements are booked."""
    return Account(pledge.campaign_id, pledge.id, pledge.reference, pledge.currency)


def owner_of(payment: PaymentState) -> int | None:
    """Find the pledge of a payment, by the payment's row or by what the payment says of itself; None if not ours."""
    known = select(Payment.pledge_id).where(Payment.intent_id == payment.id)
    said = select(Pledge.id).where(Pledge.reference == payment.reference)
    found = db.session.scalar(known) or (db.session.scalar(said) if payment.reference else None)
    release()
    return found


def stands_so(payment: PaymentState) -> bool:
    """Whether all that a payment says is written down already, so that nothing need be locked for it."""
    row = db.session.execute(
        select(Payment.status, Payment.received, Payment.fee_known, Pledge.status)
        .join(Pledge, Pledge.id == Payment.pledge_id)
        .where(Payment.intent_id == payment.id)
    ).one_or_none()
    release()
    if row is None or payment.refunds or payment.dispute:
        return False
    applied = payment.status != "paid" or row[3] not in BEFORE_MONEY
    return applied and tuple(row[:3]) == (payment.status, payment.received, payment.fee_known)


def note_payment(  # noqa: PLR0913 - what Stripe says of a payment, as it says it
    session: Session,
    pledge: Pledge,
    intent_id: str,
    amount: int,
    status: str,
    received: int,
    *,
    purpose: str = "checkout",
    charge_number: int | None = None,
) -> Payment:
    """Write down a payment that Stripe told us of, or what became of one that is known; what is paid stays paid.

    A row that was written before Stripe was asked becomes this payment's: that of the same charge of a saved card, or
    that of the checkout session which is open.
    """
    purpose = purpose if charge_number is None else "saved_card"
    payment = session.scalars(select(Payment).where(Payment.intent_id == intent_id)).one_or_none()
    if payment is None:
        payment = _asked_for(session, pledge, purpose, charge_number) or new_payment(session, pledge, purpose, amount)
        payment.intent_id = intent_id
    if payment.status != "paid":  # what is paid stays paid; older news may come after it
        payment.status, payment.received = status, received
    session.flush()
    return payment


def _asked_for(session: Session, pledge: Pledge, purpose: str, number: int | None) -> Payment | None:
    rows = select(Payment).where(
        Payment.pledge_id == pledge.id, Payment.purpose == purpose, Payment.intent_id.is_(None)
    )
    rows = rows.where(Payment.status == "open") if number is None else rows.where(Payment.number == number)
    return session.scalars(rows.order_by(Payment.id.desc()).limit(1)).one_or_none()


def new_payment(session: Session, pledge: Pledge, purpose: str, amount: int) -> Payment:
    """Write the next payment of a pledge; its number never belonged to another of the same purpose."""
    same = select(func.max(Payment.number)).where(Payment.pledge_id == pledge.id, Payment.purpose == purpose)
    now = clock.now()
    payment = Payment(
        pledge_id=pledge.id,
        purpose=purpose,
        number=(session.scalar(same) or 0) + 1,
        amount=amount,
        created_at=now,
        next_look_at=now + FEE_AFTER,
    )
    session.add(payment)
    session.flush()
    return payment


def unfinished(session: Session, pledge: Pledge, purpose: str) -> Payment | None:
    """Return the payment of a purpose of which it is not known yet what became of it."""
    rows = select(Payment).where(
        Payment.pledge_id == pledge.id, Payment.purpose == purpose, Payment.status.in_(("open", "waiting"))
    )
    return session.scalars(rows.order_by(Payment.id.desc()).limit(1)).one_or_none()


def fees_missing(limit: int, *, everything: bool = False) -> list[str]:
    """Return the paid payments of which Stripe has not yet said what they cost."""
    rows = select(Payment.intent_id).where(Payment.status == "paid", ~Payment.fee_known, Payment.intent_id.is_not(None))
    if not everything:
        rows = rows.where(Payment.next_look_at <= clock.now())
    found = [intent for intent in db.session.scalars(rows.order_by(Payment.next_look_at).limit(limit)) if intent]
    release()
    return found


def put_off_fee(intent_id: str) -> None:
    """Ask for a payment's fee again later: after seconds at first, after an hour in the end."""
    with transaction() as session:
        payment = session.scalars(select(Payment).where(Payment.intent_id == intent_id)).one()
        payment.looks += 1
        payment.next_look_at = retry_at(payment.looks)


def in_other_hands(session: Session, pledge: Pledge, intent_id: str) -> bool:
    """Whether the pledge is paid by another payment, which is not one too many itself: then this one is."""
    other = select(Payment.id).where(
        Payment.pledge_id == pledge.id,
        Payment.status == "paid",
        ~Payment.surplus,
        or_(Payment.intent_id.is_(None), Payment.intent_id != intent_id),
    )
    return session.scalar(other.limit(1)) is not None
