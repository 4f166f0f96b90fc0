"""Tables of the shipping room: what is owed, what goes out together, and what went out."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base, JsonObject, only_where

# How a batch goes out: by a carrier's program, with labels of our own, or by mail.
KINDS = ("b2cloud", "clickpost", "yupri", "labels", "mail")
BATCH_STATUSES = ("open", "announced", "locked", "done", "dissolved")
OBLIGATION_STATUSES = ("owed", "shipped", "void")
# From the lock on, files are made from the kept recipients, and supporters no longer change their address.
LOCKED = ("locked", "done")
LIVE = "undone_at IS NULL AND returned_at IS NULL"


class Batch(Base):
    """What staff send out together: collected, announced to its supporters, locked, and made into files."""

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind_known"),
        CheckConstraint(f"status IN {BATCH_STATUSES}", name="status_known"),
        CheckConstraint(
            f"status NOT IN {LOCKED} OR locked_at IS NOT NULL",
            name="locked_has_its_time",
        ),
        CheckConstraint(
            "status <> 'announced' OR (announced_at IS NOT NULL AND corrections_until IS NOT NULL)",
            name="announced_has_its_times",
        ),
        Index("ix_batch_campaign", "campaign_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    attempt: Mapped[str] = mapped_column(unique=True)  # what makes two clicks one batch
    title: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    contents: Mapped[str] = mapped_column(default="", server_default="")  # 品名, as the carrier prints it
    sender: Mapped[JsonObject] = mapped_column(default=dict, server_default="{}")  # ご依頼主, and how the carrier bills
    ship_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    announced_at: Mapped[datetime | None]
    corrections_until: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class Obligation(Base):
    """One thing owed: the reward of one pledge, in all its pieces, by its fulfilment month.

    `batch_id` names the one live batch that it is in: one that is not dissolved, and from which it has not come back.
    `void` is what is not owed any more, for its money went back before it went out.
    """

    __tablename__ = "obligation"
    __table_args__ = (
        UniqueConstraint("pledge_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(f"status IN {OBLIGATION_STATUSES}", name="status_known"),
        Index("ix_obligation_reward", "reward_id", "status", "due_month"),
        Index("ix_obligation_batch", "batch_id", **only_where("batch_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"))
    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id"))
    quantity: Mapped[int]
    due_month: Mapped[date | None]
    status: Mapped[str] = mapped_column(default="owed")
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    created_at: Mapped[datetime]


class BatchItem(Base):
    """A thing in a batch. At the lock its recipient is kept here, so that files made again are the same bytes.

    `correction` is what staff changed for this parcel alone; `removed_at` says that it was taken out. No row is
    deleted: mails are announced by its number.
    """

    __tablename__ = "batch_item"
    __table_args__ = (
        UniqueConstraint("batch_id", "obligation_id"),
        UniqueConstraint("batch_id", "position"),
        Index("ix_batch_item_obligation", "obligation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    position: Mapped[int | None]
    recipient: Mapped[JsonObject | None]
    correction: Mapped[JsonObject | None]
    removed_at: Mapped[datetime | None]


class Shipment(Base):
    """A thing that went out, by whom and under which number; at most one live one for each thing owed."""

    __tablename__ = "shipment"
    __table_args__ = (
        Index("uq_shipment_live", "obligation_id", unique=True, **only_where(LIVE)),
        Index("ix_shipment_tracking", "tracking_number", **only_where("tracking_number <> ''")),
        CheckConstraint("undone_at IS NULL OR returned_at IS NULL", name="undone_or_returned"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    carrier: Mapped[str]
    tracking_number: Mapped[str] = mapped_column(default="", server_default="")
    shipped_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]


class BatchText(Base):
    """What staff write to those whose thing is words or a file, and the file that their private links lead to."""

    __tablename__ = "batch_text"

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True, autoincrement=False)
    subject: Mapped[str]
    body: Mapped[str]
    body_html: Mapped[str]
    file: Mapped[JsonObject | None]  # key, content_type, size and name


class PromiseWarning(Base):
    """Staff were warned that a reward's month ends soon with things still owed: once for each reward and month."""

    __tablename__ = "promise_warning"
    __table_args__ = (UniqueConstraint("reward_id", "month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id", ondelete="CASCADE"))
    month: Mapped[date]
    warned_at: Mapped[datetime]
