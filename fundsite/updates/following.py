"""Tables of who is told of reports, beside the backers: followers, and each report's notification."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base

FOR_GOOD = {"sqlite_autoincrement": True}  # a number that stood in a mailed link is never given to another row


class Follower(Base):
    """Somebody who left an e-mail address and confirmed it. The address is in small letters."""

    __tablename__ = "follower"
    __table_args__ = (UniqueConstraint("campaign_id", "email"), FOR_GOOD)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    email: Mapped[str]
    locale: Mapped[str]
    confirmed_at: Mapped[datetime]


class FollowRequest(Base):
    """Somebody typed this address; whether it is theirs shows when the link in the mail is used."""

    __tablename__ = "follow_request"
    __table_args__ = (Index("ix_follow_request_asked", "campaign_id", "email"), FOR_GOOD)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    email: Mapped[str]
    locale: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(index=True)


class Notification(Base):
    """That the readers of a report are told of it: at most once per report."""

    __tablename__ = "update_notification"

    update_id: Mapped[int] = mapped_column(ForeignKey("campaign_update.id"), primary_key=True, autoincrement=False)
    recipients: Mapped[int]
    started_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
