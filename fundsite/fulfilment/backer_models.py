"""Tables of the backer list: what is searched, saved views, who is the same supporter, exports and their columns."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base, JsonObject, only_where

EXPORT_STATUSES = ("waiting", "ready", "failed", "removed")


class BackerIndex(Base):
    """What a pledge is found by. Made from the pledge alone, so it can be thrown away and made again.

    `said` is all that is searched, folded; `email` and `place` (name and address) tell who may be the same person.
    """

    __tablename__ = "backer_index"
    __table_args__ = (
        Index("ix_backer_index_email", "email", **only_where("email <> ''")),
        Index("ix_backer_index_place", "place", **only_where("place <> ''")),
    )

    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id", ondelete="CASCADE"), primary_key=True)
    said: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")


class BackerView(Base):
    """A filter of the backer list under a name; all staff who see the list see it."""

    __tablename__ = "backer_view"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    wanted: Mapped[JsonObject]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]


class SameBacker(Base):
    """A pledge that staff know to be of the same supporter as others: all with one `group_id` are one person.

    Nothing of the pledge changes by it, and taking the row away undoes it. The group bears its first pledge's number.
    """

    __tablename__ = "same_backer"

    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("pledge.id", ondelete="CASCADE"), index=True)
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    noted_at: Mapped[datetime]


class NotSameBacker(Base):
    """A likeness that staff looked at and found to be of different people: it is not shown to them again."""

    __tablename__ = "not_same_backer"
    __table_args__ = (UniqueConstraint("kind", "key"), CheckConstraint("kind IN ('email', 'place')", name="kind_known"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]  # the hash of what is alike
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    noted_at: Mapped[datetime]


class ExportColumns(Base):
    """Which columns the site's exports hold, in the order of the header; one row. Without it, all of them."""

    __tablename__ = "export_columns"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    left_out: Mapped[list[str]] = mapped_column(default=list)


class Export(Base):
    """A file that somebody of staff asked for: who, what, why, and how many rows it held. The row outlives the file.

    A worker takes it with a lease and writes it anew if the one before died. `password` is sealed, and taken away as
    soon as the file is written.
    """

    __tablename__ = "backer_export"
    __table_args__ = (
        CheckConstraint(f"status IN {EXPORT_STATUSES}", name="status_known"),
        CheckConstraint("status <> 'ready' OR (file <> '' AND expires_at IS NOT NULL)", name="ready_has_its_file"),
        Index("ix_backer_export_waiting", "id", **only_where("status = 'waiting'")),
        Index("ix_backer_export_ready", "expires_at", **only_where("status = 'ready'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt: Mapped[str | None] = mapped_column(unique=True)  # what makes two clicks one export
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    wanted: Mapped[JsonObject]
    left_out: Mapped[list[str]] = mapped_column(default=list)
    format: Mapped[str]
    encoding: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]
    password: Mapped[str] = mapped_column(default="")
    has_password: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="waiting")
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime]
    count: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    replaced: Mapped[int] = mapped_column(default=0)  # how many fields the encoding could not say
    file: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    downloads: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    lease_holder: Mapped[str | None]
    lease_until: Mapped[datetime | None]
