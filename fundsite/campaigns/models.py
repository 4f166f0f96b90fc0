"""Tables of a campaign. Figures that the public page shows are kept here and recounted by `fundsite check`."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fundsite import clock
from fundsite.db import Base, JsonObject, JsonRows, Money


class Campaign(Base):
    """A project with a goal. Money is in the minor unit of `currency`.

    Without `published_at` it is a draft: there for staff only. `unset` names what stands in a draft's row only because
    a row cannot be without it.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("goal > 0", name="goal_positive"),
        CheckConstraint("minimum > 0", name="minimum_positive"),
        CheckConstraint("raised >= 0", name="raised_not_negative"),
        CheckConstraint("raised_offline >= 0 AND raised_offline <= raised", name="offline_within_raised"),
        CheckConstraint("backers >= 0", name="backers_not_negative"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("funding IN ('all_in', 'all_or_nothing', 'monthly')", name="funding_known"),
        CheckConstraint(
            "(closed_at IS NULL) = (closed_reached IS NULL) AND (closed_at IS NULL) = (closed_raised IS NULL)"
            " AND (closed_at IS NULL) = (closed_backers IS NULL)",
            name="closed_with_its_figures",
        ),
        CheckConstraint("charged_at IS NULL OR closed_at IS NOT NULL", name="charged_after_the_close"),
        CheckConstraint("wording IN ('support', 'donation')", name="wording_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    story: Mapped[str] = mapped_column(default="")
    story_html: Mapped[str] = mapped_column(default="")
    headings: Mapped[JsonRows] = mapped_column(default=list)
    goal: Mapped[Money]
    currency: Mapped[str] = mapped_column(default="JPY")
    minimum: Mapped[Money] = mapped_column(default=100)  # of a pledge without return
    funding: Mapped[str] = mapped_column(default="all_in")
    wording: Mapped[str] = mapped_column(default="support")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    cover: Mapped[JsonObject | None]
    hashtags: Mapped[list[str]] = mapped_column(default=list)
    thanks: Mapped[str] = mapped_column(default="")
    thanks_html: Mapped[str] = mapped_column(default="")
    budget: Mapped[JsonRows] = mapped_column(default=list)
    faq: Mapped[JsonRows] = mapped_column(default=list)
    partners: Mapped[JsonRows] = mapped_column(default=list)
    raised: Mapped[Money] = mapped_column(default=0)
    raised_offline: Mapped[Money] = mapped_column(default=0, server_default="0")  # the part that did not come online
    backers: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None] = mapped_column(default=clock.now)
    # All-or-Nothing: what was promised when the end was decided, whether the goal was reached, and since when every
    # card was tried or every backer told that nothing is charged.
    closed_at: Mapped[datetime | None]
    closed_reached: Mapped[bool | None]
    closed_raised: Mapped[Money | None]
    closed_backers: Mapped[int | None]
    charged_at: Mapped[datetime | None]
    unset: Mapped[list[str]] = mapped_column(default=list, server_default="[]")


class NextGoal(Base):
    """A further target after the goal is met. `history` keeps what its words were before each change."""

    __tablename__ = "next_goal"
    __table_args__ = (
        UniqueConstraint("campaign_id", "amount"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    amount: Mapped[Money]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    body_html: Mapped[str] = mapped_column(default="")
    announced_at: Mapped[datetime | None]
    history: Mapped[JsonRows] = mapped_column(default=list, server_default="[]")


class CampaignPicture(Base):
    """A picture of a campaign under the name that its texts use."""

    __tablename__ = "campaign_picture"
    __table_args__ = (UniqueConstraint("campaign_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    name: Mapped[str]
    stored: Mapped[JsonObject]
    alt: Mapped[str] = mapped_column(default="", server_default="")
