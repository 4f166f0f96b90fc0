"""Tables of transfers that brought too much: what lies at Stripe without a use, and what of it was sent back."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base, Money, only_where


class TransferRest(Base):
    """What a supporter transferred for a pledge and no payment used, when Stripe was asked last.

    It lies on the supporter's own account at Stripe and is not ours: the books know nothing of it. `kept` is what
    staff have settled with the supporter otherwise. `next_look_at` is when Stripe is to be asked again.
    """

    __tablename__ = "transfer_rest"
    __table_args__ = (
        CheckConstraint("left_over >= 0 AND kept >= 0", name="amounts_not_negative"),
        Index("ix_transfer_rest_look", "next_look_at"),
    )

    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), primary_key=True)
    left_over: Mapped[Money] = mapped_column(default=0)
    kept: Mapped[Money] = mapped_column(default=0)
    looks: Mapped[int] = mapped_column(default=0)
    next_look_at: Mapped[datetime | None]


class TransferReturn(Base):
    """Money of a rest that staff send back. The row stands before Stripe hears of it."""

    __tablename__ = "transfer_return"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("status IN ('due', 'pending', 'succeeded', 'failed')", name="status_known"),
        Index("ix_transfer_return_open", "next_try_at", **only_where("status IN ('due', 'pending')")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), index=True)
    amount: Mapped[Money]
    reason: Mapped[str] = mapped_column(default="")  # what the supporter is told
    status: Mapped[str] = mapped_column(default="due")
    refund_id: Mapped[str | None] = mapped_column(unique=True)
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    requested_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    problem: Mapped[str] = mapped_column(default="")  # why Stripe refused, by its code
