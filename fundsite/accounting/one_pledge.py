"""One pledge's money: what came, what it cost, what went back, and each move of its life."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from fundsite.books.models import LedgerEntry
from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.errors import FundsiteError
from fundsite.pledges.giving_back import HAS_ENDED, wanting_ids
from fundsite.pledges.models import Payment, Pledge, PledgeEvent, Refund
from fundsite.pledges.money_back import REFUNDABLE
from fundsite.pledges.payments import BEFORE_MONEY
from fundsite.pledges.refundable import left_to_refund
from fundsite.rewards.models import Reward

Row = TypeVar("Row", Payment, Refund, PledgeEvent, LedgerEntry)


class NoSuchPledge(FundsiteError):
    """There is no pledge of that reference."""


@dataclass(frozen=True)
class PaymentLine:
    """A payment with its fee; `differs` says that it came in an amount that is not the pledge's."""

    payment: Payment
    fee: int
    differs: bool


@dataclass(frozen=True)
class MoneyPage:
    """The whole page. `left` is what can still be given back, `wanting` which refunds staff must look after."""

    pledge: Pledge
    campaign: Campaign
    reward: Reward | None
    payments: Sequence[PaymentLine]
    refunds: Sequence[Refund]
    wanting: set[int]
    history: Sequence[PledgeEvent]
    entries: Sequence[LedgerEntry]
    net: int
    left: int

    @property
    def may_free_stock(self) -> bool:
        """Whether the piece of a pledge whose money went back can be chosen again, if staff say so."""
        return self.pledge.holds_stock and self.pledge.status in HAS_ENDED


def find_pledge(reference: str) -> Pledge:
    """Return the pledge of a reference; NoSuchPledge otherwise."""
    found = db.session.scalar(select(Pledge).where(Pledge.reference == reference))
    if found is None:
        raise NoSuchPledge(reference)
    return found


def money_page(reference: str) -> MoneyPage:
    """Compose the page; NoSuchPledge if there is none. Eight statements and what is left."""
    pledge = find_pledge(reference)
    entries = _of(LedgerEntry, pledge)
    fees = {entry.source: entry.amount for entry in entries if entry.kind == "fee"}
    return MoneyPage(
        pledge=pledge,
        campaign=db.session.get_one(Campaign, pledge.campaign_id),
        reward=db.session.get_one(Reward, pledge.reward_id) if pledge.reward_id else None,
        payments=[_payment(row, pledge, fees) for row in _of(Payment, pledge)],
        refunds=_of(Refund, pledge),
        wanting=wanting_ids(pledge.id),
        history=_of(PledgeEvent, pledge),
        entries=entries,
        net=sum(entry.amount for entry in entries),
        left=left_to_refund(db.session(), pledge) if pledge.status in REFUNDABLE else 0,
    )


def _of(table: type[Row], pledge: Pledge) -> Sequence[Row]:
    return db.session.scalars(select(table).where(table.pledge_id == pledge.id).order_by(table.id)).all()


def _payment(payment: Payment, pledge: Pledge, fees: dict[str, int]) -> PaymentLine:
    counts_for_nothing = payment.status == "paid" and not payment.surplus and payment.purpose != "renewal"
    differs = counts_for_nothing and pledge.status in BEFORE_MONEY
    return PaymentLine(payment, -fees.get(payment.intent_id or "", 0), differs)
