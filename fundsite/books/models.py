"""Tables of the books. An entry is written once and never changed; what was wrong is set right by another entry.

Only by which balance transaction an entry stands at Stripe is filled in once, where Stripe names it later.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, UniqueConstraint, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from fundsite.db import Base, Money

# What an entry can be, and whether it brings money (1) or takes it (-1).
KINDS = {
    "charge": 1,
    "fee": -1,
    "refund": -1,
    "refund_failed": 1,
    "dispute": -1,
    "dispute_fee": -1,
    "dispute_returned": 1,
    "fee_returned": 1,
    "offline": 1,
    "offline_refund": -1,
}


class LedgerEntry(Base):
    """One movement of money. `amount` is signed, in the minor unit of `currency`.

    `source` is the id of what caused it (a payment, a refund, a balance transaction of Stripe's, or our own reference
    for money that did not come through Stripe): the same cause is booked once. `reference` is the pledge's, kept here
    so that the books can be read by themselves.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("kind", "source"),
        CheckConstraint(f"kind IN {tuple(KINDS)}", name="kind_known"),
        CheckConstraint(
            f"CASE WHEN kind IN {tuple(kind for kind, sign in KINDS.items() if sign > 0)} "
            "THEN amount >= 0 ELSE amount <= 0 END",
            name="sign_fits_kind",
        ),
        Index("ix_ledger_entry_pledge_id", "pledge_id"),
        Index("ix_ledger_entry_occurred", "campaign_id", "occurred_at", "id"),
        Index("ix_ledger_entry_balance_transaction", "balance_transaction"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"))
    reference: Mapped[str]
    kind: Mapped[str]
    source: Mapped[str]
    amount: Mapped[Money]
    currency: Mapped[str]
    balance_transaction: Mapped[str | None]  # by which Stripe says in which payout it went
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class Payout(Base):
    """What Stripe sent to the organisation's bank at once. `amount` is in the minor unit of `currency`.

    `complete` is true once all its lines are here; one made by hand (`automatic` false) never says what is in it.
    """

    __tablename__ = "payout"
    __table_args__ = (Index("ix_payout_arrives", "arrives_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payout_id: Mapped[str] = mapped_column(unique=True)
    amount: Mapped[Money]
    currency: Mapped[str]
    status: Mapped[str]
    automatic: Mapped[bool]
    complete: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    arrives_on: Mapped[date]
    recorded_at: Mapped[datetime]


class PayoutLine(Base):
    """One balance transaction in a payout, signed. `reference` is the pledge's where the object says it is ours."""

    __tablename__ = "payout_line"
    __table_args__ = (UniqueConstraint("payout_id", "balance_transaction"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payout_id: Mapped[int] = mapped_column(ForeignKey("payout.id"))
    balance_transaction: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    source: Mapped[str]
    amount: Mapped[Money]
    fee: Mapped[Money]
    net: Mapped[Money]
    reference: Mapped[str] = mapped_column(default="")
    occurred_at: Mapped[datetime]


class AppendOnlyError(RuntimeError):
    """Somebody tried to change or remove what was booked."""


@event.listens_for(LedgerEntry, "before_update")
@event.listens_for(LedgerEntry, "before_delete")
def _refuse(_mapper: Mapper[LedgerEntry], _connection: Connection, entry: LedgerEntry) -> None:
    raise AppendOnlyError(f"ledger entry {entry.id}")
