"""The life of a pledge: one table of allowed moves, and what each move does to stock, figures and mail.

Everything here happens inside the caller's transaction, on a row that the caller has locked.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import mail
from fundsite.campaigns.service import count_payment
from fundsite.pledges.models import Pledge, PledgeEvent
from fundsite.rewards import service as rewards

Effect = Callable[[Session, Pledge, datetime], None]


def locked(session: Session, pledge_id: int) -> Pledge:
    """Return the pledge's present row, locked until the transaction ends."""
    return session.scalars(
        select(Pledge).where(Pledge.id == pledge_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def take_stock(session: Session, pledge: Pledge) -> bool:
    """Take what the pledge needs; True also where it needs nothing."""
    if pledge.reward_id is None:
        return True
    pledge.holds_stock = rewards.take(session, pledge.reward_id, pledge.quantity)
    return pledge.holds_stock


def _release(session: Session, pledge: Pledge, _at: datetime) -> None:
    if pledge.reward_id is not None and pledge.holds_stock:
        rewards.give_back(session, pledge.reward_id, pledge.quantity)
    pledge.holds_stock = False


def _count(session: Session, pledge: Pledge, at: datetime) -> None:
    pledge.paid_at = at
    if pledge.reward_id is not None:
        rewards.count_paid(session, pledge.reward_id, pledge.quantity)
    count_payment(session, pledge.campaign_id, pledge.total, 1)
    mail.announce(session, "pledge_thanks", pledge.id, pledge.email, pledge.locale)


def _tell_refund(session: Session, pledge: Pledge, _at: datetime) -> None:
    mail.announce(session, "pledge_refunded", pledge.id, pledge.email, pledge.locale)


def _nothing(_session: Session, _pledge: Pledge, _at: datetime) -> None:
    pass


# From, to: what the move does. A payment that comes after the stock was given back is taken while stock is
# left (the caller takes it first), and otherwise goes back to the payer.
MOVES: dict[tuple[str, str], Effect] = {
    ("pending", "paid"): _count,
    ("pending", "expired"): _release,
    ("pending", "canceled"): _release,
    ("expired", "paid"): _count,
    ("canceled", "paid"): _count,
    ("expired", "refund_due"): _nothing,
    ("canceled", "refund_due"): _nothing,
    ("refund_due", "refunded"): _tell_refund,
}


def begin(session: Session, pledge: Pledge, cause: str) -> None:
    """Write a new pledge and the first line of its history."""
    session.add(pledge)
    session.flush()
    _note(session, pledge, None, "pending", cause, pledge.created_at)


def move(session: Session, pledge: Pledge, to_status: str, cause: str, at: datetime) -> bool:
    """Move a locked pledge, with all that follows; False, and nothing done, where the table has no such move."""
    effect = MOVES.get((pledge.status, to_status))
    if effect is None:
        return False
    before, pledge.status = pledge.status, to_status
    effect(session, pledge, at)
    _note(session, pledge, before, to_status, cause, at)
    session.flush()
    return True


def _note(session: Session, pledge: Pledge, before: str | None, after: str, cause: str, at: datetime) -> None:
    session.add(PledgeEvent(pledge_id=pledge.id, from_status=before, to_status=after, cause=cause, at=at))
