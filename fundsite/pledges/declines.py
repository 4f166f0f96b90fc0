"""A saved card was declined: what that means for its pledge, and when it is charged again.

Inside the caller's transaction, on a locked pledge.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.pledges import lifecycle
from fundsite.pledges.models import Payment, Pledge, PledgeEvent
from fundsite.pledges.payments import unfinished

RETRIES = tuple(timedelta(days=days) for days in (1, 3, 5, 7))  # after the first decline
MOST_CHARGES = 1 + len(RETRIES)


def note_decline(session: Session, pledge: Pledge, payment: Payment) -> None:
    """Tell the supporter at the first decline, and set when the card is tried again. Safe to repeat."""
    session.flush()
    lifecycle.move(session, pledge, "declined", f"declined:{payment.purpose}:{payment.number}", clock.now())
    if pledge.status == "declined":
        pledge.next_look_at = next_try_at(session, pledge)


def charges_failed(session: Session, pledge: Pledge) -> int:
    """Return how often the saved card was declined."""
    rows = select(func.count(Payment.id)).where(
        Payment.pledge_id == pledge.id, Payment.purpose == "saved_card", Payment.status == "failed"
    )
    return session.scalar(rows) or 0


def next_try_at(session: Session, pledge: Pledge) -> datetime:
    """Return when a declined pledge is looked after again: the next charge, or at once its release."""
    first = session.scalar(
        select(func.min(PledgeEvent.at)).where(PledgeEvent.pledge_id == pledge.id, PledgeEvent.to_status == "declined")
    )
    failed = charges_failed(session, pledge)
    return (first or clock.now()) + RETRIES[min(failed, len(RETRIES)) - 1]


def session_over(session: Session, pledge: Pledge) -> None:
    """Note that the session in which a declined pledge could be paid has run out: the automatic retries go on."""
    paying = unfinished(session, pledge, "checkout")
    if paying is not None:
        paying.status = "canceled"
    pledge.next_look_at = next_try_at(session, pledge)
