"""What was received of a pledge and is left after refunds, payment by payment: all that a receipt may say.

A refund lessens the payment that it gives back; where the books do not say which, it lessens the newest.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from fundsite.books.models import LedgerEntry
from fundsite.campaigns.models import Campaign
from fundsite.clock import end_of_day, local_day, start_of_day
from fundsite.pledges.models import Payment, Pledge, Refund
from fundsite.receipts.models import ReceiptLine
from fundsite.rewards.models import Reward
from fundsite.settings import current_settings

MONEY_IN = ("charge", "offline")
LESSENING = ("refund", "refund_failed", "offline_refund", "dispute", "dispute_returned")
# Whose money stays: not what is being argued about, waits to go back, or never came.
SETTLED = ("paid", "active", "past_due", "ended")


@dataclass(frozen=True)
class Received:
    """One payment, less what was given back of it. Without a reward's worth it is a gift whole."""

    entry_id: int
    pledge_id: int
    reference: str
    campaign: str
    received_on: date
    currency: str
    amount: int
    consideration: int

    @property
    def gift(self) -> int:
        """What is given without getting anything for it."""
        return self.amount - self.consideration


def received(session: Session, pledges: Sequence[Pledge], from_on: date, to_on: date) -> list[Received]:
    """Return what came from pledges within days, the oldest first, without what stands on a receipt already."""
    of_these = ReceiptLine.pledge_id.in_([pledge.id for pledge in pledges])
    covered = set(session.scalars(select(ReceiptLine.entry_id).where(of_these, ReceiptLine.live)))
    return [line for line in all_received(session, pledges, from_on, to_on) if line.entry_id not in covered]


def all_received(session: Session, pledges: Sequence[Pledge], from_on: date, to_on: date) -> list[Received]:
    """Return all that came from pledges within days, the oldest first, on receipts or not."""
    found = [line for pledge in pledges for line in _of(session, pledge)]
    within = [line for line in found if from_on <= line.received_on <= to_on]
    return sorted(within, key=lambda line: (line.received_on, line.entry_id))


def came_within(from_on: date, to_on: date) -> Select[int]:
    """Return the statement that finds the pledges of which anything came within days."""
    zone = current_settings().timezone
    return select(LedgerEntry.pledge_id).where(
        LedgerEntry.kind.in_(MONEY_IN),
        LedgerEntry.occurred_at >= start_of_day(from_on, zone),
        LedgerEntry.occurred_at < end_of_day(to_on, zone),
    )


def kept_of(session: Session, pledge: Pledge) -> dict[int, int]:
    """Return what is kept of each payment of a pledge, by the number of its entry in the books."""
    return {entry.id: kept for entry, kept in _kept(session, pledge)}


def _of(session: Session, pledge: Pledge) -> Iterator[Received]:
    if pledge.status not in SETTLED or is_going_back(session, pledge):
        return
    campaign = session.get_one(Campaign, pledge.campaign_id)
    reward = session.get(Reward, pledge.reward_id) if pledge.reward_id else None
    worth = reward.consideration * pledge.quantity if reward else 0
    zone = current_settings().timezone
    for entry, kept in _kept(session, pledge):
        if kept > 0:
            yield Received(
                entry_id=entry.id,
                pledge_id=pledge.id,
                reference=pledge.reference,
                campaign=campaign.title,
                received_on=local_day(entry.occurred_at, zone),
                currency=entry.currency,
                amount=kept,
                consideration=min(worth, kept),
            )


def is_going_back(session: Session, pledge: Pledge) -> bool:
    """Whether money of a pledge is on its way back."""
    under_way = Refund.status.in_(("due", "pending"))
    return session.scalar(select(Refund.id).where(Refund.pledge_id == pledge.id, under_way).limit(1)) is not None


def _kept(session: Session, pledge: Pledge) -> list[tuple[LedgerEntry, int]]:
    rows = select(LedgerEntry).where(LedgerEntry.pledge_id == pledge.id).order_by(LedgerEntry.occurred_at)
    entries = session.scalars(rows.order_by(LedgerEntry.id)).all()
    paid = [entry for entry in entries if entry.kind in MONEY_IN]
    went, loose = _went(session, pledge, entries, {entry.source for entry in paid})
    kept = []
    for entry in reversed(paid):
        left = entry.amount - went[entry.source]
        taken = min(max(loose, 0), max(left, 0))
        loose -= taken
        kept.append((entry, left - taken))
    return kept[::-1]


def _went(
    session: Session, pledge: Pledge, entries: Sequence[LedgerEntry], known: set[str]
) -> tuple[dict[str, int], int]:
    """Return what went back of each payment, and what went back without saying of which."""
    rows = select(Refund.refund_id, Payment.intent_id).join(Payment, Payment.id == Refund.payment_id)
    of_payment = {row[0]: row[1] for row in session.execute(rows.where(Refund.pledge_id == pledge.id))}
    went: dict[str, int] = defaultdict(int)
    loose = 0
    for entry in entries:
        if entry.kind in LESSENING:
            target = of_payment.get(entry.source)
            if target in known:
                went[target] -= entry.amount
            else:
                loose -= entry.amount
    return went, loose
