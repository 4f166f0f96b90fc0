"""Tables of a pledge: what was promised, each move of its life, and each event that Stripe told us of."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base, JsonRows, Money

# What the dashboard adds up, so that it reads an index and no row.
FIGURES = ("total", "reward_id", "utm_source", "utm_medium", "utm_campaign", "referrer_host", "status")
STATUSES = ("pending", "paid", "expired", "canceled", "refund_due", "refunded")


def _only(condition: str) -> dict[str, Any]:
    """Say for both databases which rows an index holds."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Pledge(Base):
    """A supporter's promise. Money is in the minor unit of `currency`; what the reward cost then is `unit_amount`."""

    __tablename__ = "pledge"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        CheckConstraint("(reward_id IS NULL) = (quantity = 0)", name="quantity_belongs_to_reward"),
        CheckConstraint("unit_amount >= 0 AND extra >= 0", name="parts_not_negative"),
        CheckConstraint("total > 0 AND total = unit_amount * quantity + extra", name="total_is_the_sum"),
        CheckConstraint(f"status IN {STATUSES}", name="status_known"),
        CheckConstraint("status <> 'paid' OR paid_at IS NOT NULL", name="paid_has_its_time"),
        Index("ix_pledge_paid", "campaign_id", "paid_at", "id", **_only("status = 'paid'")),
        Index("ix_pledge_figures", "campaign_id", "paid_at", *FIGURES, **_only("status = 'paid'")),
        Index("ix_pledge_commented", "campaign_id", "paid_at", "id", **_only("status = 'paid' AND comment <> ''")),
        Index("ix_pledge_unfinished", "status", "next_look_at", **_only("status IN ('pending', 'refund_due')")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    attempt: Mapped[str] = mapped_column(unique=True)  # what makes two clicks one pledge
    token_hash: Mapped[str] = mapped_column(unique=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    reward_id: Mapped[int | None] = mapped_column(ForeignKey("reward.id"), index=True)
    status: Mapped[str] = mapped_column(default="pending")
    holds_stock: Mapped[bool] = mapped_column(default=False)

    currency: Mapped[str]
    unit_amount: Mapped[Money]
    quantity: Mapped[int]
    extra: Mapped[Money]
    total: Mapped[Money]

    email: Mapped[str]
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    region: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    line1: Mapped[str] = mapped_column(default="")
    line2: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")
    answers: Mapped[JsonRows] = mapped_column(default=list)
    comment: Mapped[str] = mapped_column(default="")
    display_name: Mapped[str] = mapped_column(default="")
    anonymous: Mapped[bool] = mapped_column(default=False)
    newsletter: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str] = mapped_column(default="ja")
    utm_source: Mapped[str] = mapped_column(default="")
    utm_medium: Mapped[str] = mapped_column(default="")
    utm_campaign: Mapped[str] = mapped_column(default="")
    referrer_host: Mapped[str] = mapped_column(default="")

    created_at: Mapped[datetime]
    hold_until: Mapped[datetime]
    next_look_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    checkout_session_id: Mapped[str | None] = mapped_column(unique=True)
    payment_intent_id: Mapped[str | None] = mapped_column(unique=True)
    refund_id: Mapped[str | None]


class CommentState(Base):
    """What staff did about a backer's comment: answered it, put it first, or took it off the public pages."""

    __tablename__ = "comment_state"
    __table_args__ = (
        CheckConstraint("(hidden_at IS NULL) = (hidden_reason = '')", name="hidden_has_its_reason"),
        CheckConstraint("hidden_at IS NULL OR pinned_at IS NULL", name="hidden_is_not_pinned"),
        CheckConstraint("(replied_at IS NULL) = (reply = '')", name="reply_has_its_time"),
        Index("ix_comment_state_pinned", "pledge_id", **_only("pinned_at IS NOT NULL")),
    )

    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), primary_key=True)
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str] = mapped_column(default="")
    hidden_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    pinned_at: Mapped[datetime | None]
    pinned_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reply: Mapped[str] = mapped_column(default="")
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class PledgeEvent(Base):
    """One move of a pledge, never changed. The same cause moves a pledge once."""

    __tablename__ = "pledge_event"
    __table_args__ = (UniqueConstraint("pledge_id", "cause"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"))
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    cause: Mapped[str]
    at: Mapped[datetime]


class StripeEvent(Base):
    """One event that Stripe delivered, by Stripe's own id: whatever arrives twice is one row."""

    __tablename__ = "stripe_event"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    object_id: Mapped[str]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
