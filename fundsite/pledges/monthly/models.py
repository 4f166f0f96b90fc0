"""Table of monthly support: what Stripe says of a pledge's subscription, and what its supporter has asked for."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base, only_where

ASKED = "cancel_asked_at IS NOT NULL"


class MonthlySupport(Base):
    """How a pledge goes on each month.

    `applied` counts how often Stripe's word was taken: what was fetched before the last time is not applied any more.
    `cancel_asked_at` stands until Stripe has heard of it, whatever dies in between.
    """

    __tablename__ = "monthly_support"
    __table_args__ = (Index("ix_monthly_support_asked", "cancel_asked_at", **only_where(ASKED)),)

    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), primary_key=True)
    renews_at: Mapped[datetime]  # the end of the month that is paid or being charged
    ends_at: Mapped[datetime | None]
    cancel_asked_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)  # how often Stripe was told in vain
    next_try_at: Mapped[datetime | None]
    applied: Mapped[int] = mapped_column(default=0)
