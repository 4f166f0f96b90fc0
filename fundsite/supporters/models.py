"""Tables of the supporter's room: links that were asked for, and personal data asked about."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base, only_where

REQUESTS = ("disclosure", "correction", "deletion")


class LinkRequest(Base):
    """That an address asked for its links. One that nobody pledged with has a row as well, and gets no mail."""

    __tablename__ = "link_request"
    __table_args__ = (Index("ix_link_request_email", "email", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    asked_at: Mapped[datetime]


class DataRequest(Base):
    """That a supporter asked to see, to correct or to erase what is kept of them; one of a kind waits at a time."""

    __tablename__ = "data_request"
    __table_args__ = (
        CheckConstraint(f"kind IN {REQUESTS}", name="kind_known"),
        Index("uq_data_request_open", "pledge_id", "kind", unique=True, **only_where("done_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), index=True)
    kind: Mapped[str]
    message: Mapped[str] = mapped_column(default="", server_default="")
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
