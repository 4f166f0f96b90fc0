"""The life of a pledge: one table of allowed moves, and what each move does to stock, figures and mail.

Everything here happens inside the caller's transaction, on a row that the caller has locked.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import mail
from fundsite.campaigns.service import count_payment
from fundsite.pledges.models import Pledge, PledgeEvent
from fundsite.rewards import service as rewards

log = structlog.get_logger()


@dataclass(frozen=True)
class Move:
    """What a move does besides changing the status. `tells` names the mail that it announces."""

    gives_stock_back: bool = False
    brings_money: bool = False
    tells: str = ""


RELEASE = Move(gives_stock_back=True)
PAID = Move(brings_money=True, tells="pledge_thanks")
KEEP = Move()

# From, to: what the move does. A payment that comes after the stock was given back is taken while stock is
# left (the caller takes it first), and otherwise goes back to the payer.
MOVES: dict[tuple[str, str], Move] = {
    # At Stripe's page.
    ("pending", "paid"): PAID,
    ("pending", "expired"): RELEASE,
    ("pending", "canceled"): RELEASE,
    ("expired", "canceled"): KEEP,  # given up: Stripe's own news that the page is closed came first
    # A code for the convenience store or an account for a transfer was given out.
    ("pending", "waiting"): Move(tells="pledge_waiting"),
    ("waiting", "paid"): PAID,
    ("waiting", "expired"): Move(gives_stock_back=True, tells="pledge_lapsed"),
    ("waiting", "canceled"): RELEASE,
    # All-or-Nothing: a card is saved, and charged when the campaign has reached its goal.
    ("pending", "promised"): Move(tells="pledge_promised"),
    ("promised", "paid"): PAID,
    ("promised", "declined"): Move(tells="pledge_declined"),
    ("promised", "canceled"): Move(gives_stock_back=True, tells="pledge_withdrawn"),
    ("promised", "uncharged"): Move(gives_stock_back=True, tells="pledge_uncharged"),
    ("declined", "paid"): PAID,
    ("declined", "canceled"): RELEASE,
    ("declined", "expired"): Move(gives_stock_back=True, tells="pledge_released"),
    # The card was saved late: after the reward was given back, or after the goal was missed.
    ("expired", "promised"): Move(tells="pledge_promised"),
    ("pending", "uncharged"): Move(gives_stock_back=True, tells="pledge_uncharged"),
    # Month by month.
    ("pending", "active"): PAID,
    ("active", "past_due"): KEEP,  # the mail belongs to the month that was not paid, for there can be several
    ("past_due", "active"): KEEP,
    ("active", "ended"): Move(gives_stock_back=True, tells="pledge_ended"),
    ("past_due", "ended"): Move(gives_stock_back=True, tells="pledge_ended"),
    # Money that came late.
    ("expired", "paid"): PAID,
    ("canceled", "paid"): PAID,
    ("expired", "active"): PAID,
    ("canceled", "active"): PAID,
    ("expired", "refund_due"): KEEP,
    ("canceled", "refund_due"): KEEP,
    # Money that goes back; the mail belongs to the refund, for there can be several.
    ("refund_due", "refunded"): KEEP,
    ("paid", "refunded"): KEEP,
    ("disputed", "refunded"): KEEP,
    ("refunded", "refund_due"): KEEP,
    ("refund_due", "paid"): PAID,  # staff keep what could not be given back
    ("paid", "disputed"): KEEP,
    ("disputed", "paid"): KEEP,
    ("disputed", "charged_back"): KEEP,
    ("paid", "charged_back"): KEEP,
    ("charged_back", "paid"): KEEP,
}


def locked(session: Session, pledge_id: int) -> Pledge:
    """Return the pledge's present row, locked until the transaction ends."""
    return session.scalars(
        select(Pledge).where(Pledge.id == pledge_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def take_stock(session: Session, pledge: Pledge) -> bool:
    """Take what the pledge needs; True also where it needs nothing, or holds it already."""
    if pledge.reward_id is None or pledge.holds_stock:
        return True
    pledge.holds_stock = rewards.take(session, pledge.reward_id, pledge.quantity)
    return pledge.holds_stock


def give_stock_back(session: Session, pledge: Pledge) -> None:
    """Give back what the pledge holds, once."""
    if pledge.reward_id is not None and pledge.holds_stock:
        rewards.give_back(session, pledge.reward_id, pledge.quantity)
    pledge.holds_stock = False


@dataclass(frozen=True)
class Share:
    """What a pledge adds to the public figures."""

    raised: int = 0
    backers: int = 0
    pledged: int = 0


def share_of(pledge: Pledge) -> Share:
    """Return what a pledge adds to the public figures as it stands; what was given back no longer counts."""
    if not pledge.counted:
        return Share()
    return Share(pledge.total - pledge.refunded, 1, pledge.quantity)


def recount(session: Session, pledge: Pledge, before: Share) -> None:
    """Move the kept figures from what the pledge added before to what it adds now.

    The reward's row is locked before the campaign's, also where only the money changes: a refund of the whole counts
    twice, and whoever takes stock holds the reward first. So none waits for another in a circle.
    """
    now = share_of(pledge)
    if now == before:
        return
    if pledge.reward_id is not None:
        rewards.count_paid(session, pledge.reward_id, now.pledged - before.pledged)
    raised = now.raised - before.raised
    offline = raised if pledge.source != "online" else 0
    count_payment(session, pledge.campaign_id, raised, now.backers - before.backers, offline=offline)


def begin(session: Session, pledge: Pledge, cause: str) -> None:
    """Write a new pledge and the first line of its history."""
    session.add(pledge)
    session.flush()
    _note(session, pledge, None, "pending", cause, pledge.created_at)


def move(session: Session, pledge: Pledge, to_status: str, cause: str, at: datetime, *, silent: bool = False) -> bool:
    """Move a locked pledge, with all that follows; False, and nothing done, where the table has no such move.

    `silent` leaves the mail out: staff enter money of which the supporter knows.
    """
    what = MOVES.get((pledge.status, to_status))
    if what is None:
        return False
    before, share = pledge.status, share_of(pledge)
    pledge.status = to_status
    if what.brings_money:
        pledge.paid_at = pledge.paid_at or at
    if to_status != "waiting":
        pledge.voucher = None
    if pledge.counted and pledge.counted_at is None:
        pledge.counted_at = at
    # First the figures, then the stock: what is counted is never more than what is claimed.
    recount(session, pledge, share)
    if what.gives_stock_back:
        give_stock_back(session, pledge)
    if what.tells and pledge.email and not silent:
        mail.announce(session, what.tells, pledge.id, pledge.email, pledge.locale)
    _note(session, pledge, before, to_status, cause, at)
    session.flush()
    log.info("pledge_moved", reference=pledge.reference, before=before, to=to_status, cause=cause)
    return True


def _note(session: Session, pledge: Pledge, before: str | None, after: str, cause: str, at: datetime) -> None:
    session.add(PledgeEvent(pledge_id=pledge.id, from_status=before, to_status=after, cause=cause, at=at))
