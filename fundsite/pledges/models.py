"""Tables of a pledge: what was promised, each move of its life, and each event that Stripe told us of."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from fundsite.db import Base, JsonObject, JsonRows, Money, only_where

# What the dashboard adds up, so that it reads an index and no row.
FIGURES = ("total", "refunded", "reward_id", "utm_source", "utm_medium", "utm_campaign", "referrer_host", "counted")
# What the backer list is filtered by, so that it reads an index and only those rows that it shows.
LISTED = ("status", "reward_id", "total", "region", "country", "created_at")
# Those whose money is here or promised: the public figures count them, and they read what backers may read.
COUNTED = ("promised", "active", "past_due", "paid", "disputed")
STATUSES = (
    "pending",
    "waiting",
    *COUNTED,
    "declined",
    "expired",
    "canceled",
    "uncharged",
    "ended",
    "refund_due",
    "refunded",
    "charged_back",
)
SOURCES = ("online", "cash", "bank", "other")
METHODS = ("", "card", "konbini", "bank")
# Those that the worker looks after until something has become of them.
UNFINISHED = ("pending", "waiting", "promised", "declined", "active", "past_due")
# Those whose saved card is of no use any more: it is taken from Stripe.
CARD_OVER = "saved_card_id IS NOT NULL AND status IN ('canceled', 'expired', 'uncharged')"


# Those of Stripe's events that say that a card was declined.
DECLINES = ("payment_intent.payment_failed", "setup_intent.setup_failed")


def _counted(and_more: str = "") -> dict[str, Any]:
    """Hold the counted pledges only, in the words in which each database is asked for them."""
    return {"sqlite_where": text(f"counted IS 1{and_more}"), "postgresql_where": text(f"counted IS true{and_more}")}


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
        CheckConstraint(f"counted = (status IN {COUNTED})", name="counted_by_status"),
        CheckConstraint("NOT counted OR counted_at IS NOT NULL", name="counted_has_its_time"),
        CheckConstraint("refunded >= 0 AND refunded <= total", name="refunded_within_total"),
        CheckConstraint(f"source IN {SOURCES}", name="source_known"),
        CheckConstraint(f"method IN {METHODS}", name="method_known"),
        Index("ix_pledge_counted", "campaign_id", "counted_at", "id", **_counted()),
        Index("ix_pledge_figures", "campaign_id", "counted_at", *FIGURES, **_counted()),
        Index("ix_pledge_commented", "campaign_id", "counted_at", "id", **_counted(" AND comment <> ''")),
        Index("ix_pledge_backers", "campaign_id", "id", *LISTED),
        Index("ix_pledge_customer", "customer_id", **only_where("customer_id IS NOT NULL")),
        Index("ix_pledge_unfinished", "status", "next_look_at", **only_where(f"status IN {UNFINISHED}")),
        Index("ix_pledge_card_over", "next_look_at", **only_where(CARD_OVER)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    attempt: Mapped[str] = mapped_column(unique=True)  # what makes two clicks one pledge
    token_hash: Mapped[str] = mapped_column(unique=True)
    link_number: Mapped[int] = mapped_column(default=0, server_default="0")  # how often its link was replaced
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    reward_id: Mapped[int | None] = mapped_column(ForeignKey("reward.id"), index=True)
    status: Mapped[str] = mapped_column(default="pending")
    counted: Mapped[bool] = mapped_column(default=False)
    holds_stock: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(default="online")
    method: Mapped[str] = mapped_column(default="")

    currency: Mapped[str]
    unit_amount: Mapped[Money]
    quantity: Mapped[int]
    extra: Mapped[Money]
    total: Mapped[Money]
    refunded: Mapped[Money] = mapped_column(default=0)

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
    memo: Mapped[str] = mapped_column(default="", server_default="")  # what staff noted, for staff only
    utm_source: Mapped[str] = mapped_column(default="")
    utm_medium: Mapped[str] = mapped_column(default="")
    utm_campaign: Mapped[str] = mapped_column(default="")
    referrer_host: Mapped[str] = mapped_column(default="")

    created_at: Mapped[datetime]
    hold_until: Mapped[datetime]
    next_look_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]  # since when the public figures count it
    paid_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # since when nothing personal is kept of it
    checkout_session_id: Mapped[str | None] = mapped_column(unique=True)
    customer_id: Mapped[str | None]
    saved_card_id: Mapped[str | None]
    subscription_id: Mapped[str | None] = mapped_column(unique=True)
    voucher: Mapped[JsonObject | None]  # how to pay at the store or by transfer, as long as that is awaited

    @validates("status")
    def _count(self, _key: str, status: str) -> str:
        self.counted = status in COUNTED
        return status


class Payment(Base):
    """One try to be paid for a pledge: written before Stripe is asked where we are the ones who ask.

    `received` is what has arrived by now; a transfer may come short. `surplus` is money that pays for nothing: what was
    paid already, or an amount that staff do not accept. It goes back, and that changes nothing of the pledge.
    """

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("pledge_id", "purpose", "number"),
        CheckConstraint("purpose IN ('checkout', 'saved_card', 'renewal')", name="purpose_known"),
        CheckConstraint("status IN ('open', 'waiting', 'paid', 'failed', 'canceled')", name="status_known"),
        CheckConstraint("amount > 0 AND received >= 0", name="amounts_not_negative"),
        CheckConstraint("dispute IN ('', 'open', 'won', 'lost')", name="dispute_known"),
        Index("ix_payment_disputed", "pledge_id", **only_where("dispute = 'open'")),
        Index("ix_payment_fee_missing", "next_look_at", **only_where("status = 'paid' AND NOT fee_known")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), index=True)
    purpose: Mapped[str]
    number: Mapped[int]
    intent_id: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default="open")
    decline: Mapped[str] = mapped_column(default="")
    amount: Mapped[Money]
    received: Mapped[Money] = mapped_column(default=0)
    surplus: Mapped[bool] = mapped_column(default=False)
    fee_known: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    next_look_at: Mapped[datetime]
    looks: Mapped[int] = mapped_column(default=0)  # how often its fee was asked for in vain
    dispute: Mapped[str] = mapped_column(default="", server_default="")
    dispute_due_at: Mapped[datetime | None]  # until when Stripe takes an answer


class Refund(Base):
    """Money to be given back, or given back: by staff, for a payment that came too late, or in Stripe's dashboard.

    A row asked for here stands before Stripe hears of it; one made in the dashboard is written when we hear of it.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("status IN ('due', 'pending', 'succeeded', 'failed')", name="status_known"),
        CheckConstraint("cause IN ('staff', 'late', 'dashboard')", name="cause_known"),
        Index("ix_refund_due", "status", **only_where("status = 'due'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), index=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    amount: Mapped[Money]
    cause: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")  # what the supporter is told
    returns_stock: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="due")
    refund_id: Mapped[str | None] = mapped_column(unique=True)
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    requested_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")  # why Stripe refused, by its code
    attempt: Mapped[str | None] = mapped_column(unique=True)  # what makes two clicks one refund
    note: Mapped[str] = mapped_column(default="", server_default="")  # how staff brought a failed one to an end


class CommentState(Base):
    """What staff did about a backer's comment: answered it, put it first, or took it off the public pages."""

    __tablename__ = "comment_state"
    __table_args__ = (
        CheckConstraint("(hidden_at IS NULL) = (hidden_reason = '')", name="hidden_has_its_reason"),
        CheckConstraint("hidden_at IS NULL OR pinned_at IS NULL", name="hidden_is_not_pinned"),
        CheckConstraint("(replied_at IS NULL) = (reply = '')", name="reply_has_its_time"),
        Index("ix_comment_state_pinned", "pledge_id", **only_where("pinned_at IS NOT NULL")),
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
    __table_args__ = (Index("ix_stripe_event_declines", "received_at", **only_where(f"type IN {DECLINES}")),)

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    object_id: Mapped[str]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
