"""The tables of activity reports and of what was ever written in them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base, JsonObject, Money

EVERYONE = "everyone"
BACKERS = "backers"
MONTHLY = "monthly"  # whoever supports a monthly campaign of this site
FOLLOWERS = "followers"

DRAFT, SCHEDULED, PUBLISHED = "draft", "scheduled", "published"
STATUSES = (DRAFT, SCHEDULED, PUBLISHED)

SAVED, OVERTAKEN = "saved", "overtaken"


class Update(Base):
    """A report and its readers: `audience` is "everyone", "backers", "monthly", "followers", or codes of rewards.

    The number is given when a report is first published and never taken back, so that readers count without gaps
    however many drafts are thrown away, and an address once mailed leads to the same report for ever.
    `published_at` of a scheduled report is the moment for which it is planned. Title, text and HTML are what readers
    see; what is being written over a published report stands in its newest revision until it is brought out.
    """

    __tablename__ = "campaign_update"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint(f"status IN {STATUSES}", name="status_known"),
        CheckConstraint("status = 'draft' OR published_at IS NOT NULL", name="moment_known"),
        CheckConstraint("status <> 'published' OR number IS NOT NULL", name="published_has_number"),
        Index("ix_campaign_update_status_published_at", "status", "published_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    number: Mapped[int | None]
    slug: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    body_html: Mapped[str]
    lead: Mapped[str]
    picture: Mapped[JsonObject | None]
    status: Mapped[str] = mapped_column(default=PUBLISHED, server_default=PUBLISHED)
    published_at: Mapped[datetime | None]
    audience: Mapped[str] = mapped_column(default=EVERYONE)
    author: Mapped[str] = mapped_column(default="")
    notify: Mapped[bool] = mapped_column(default=False)
    show_lead: Mapped[bool] = mapped_column(default=False, server_default=false())  # to those who may not read it
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    edited_at: Mapped[datetime | None]
    raised_then: Mapped[Money | None]
    backers_then: Mapped[int | None]
    percent_then: Mapped[int | None]

    @property
    def is_public(self) -> bool:
        """Whether anybody may read it."""
        return self.audience == EVERYONE


class Milestone(Base):
    """A mark that a campaign is to reach, or has reached: so many backers, its goal, a next goal.

    A row without `passed_at` is still ahead. One that was behind already when it was first looked at has no report.
    """

    __tablename__ = "milestone"
    __table_args__ = (
        UniqueConstraint("campaign_id", "kind", "mark"),
        CheckConstraint("kind IN ('backers', 'goal', 'next_goal')", name="kind_known"),
        CheckConstraint("mark > 0", name="mark_positive"),
        CheckConstraint("update_id IS NULL OR passed_at IS NOT NULL", name="report_of_what_was_passed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    kind: Mapped[str]
    mark: Mapped[Money]
    passed_at: Mapped[datetime | None]
    update_id: Mapped[int | None] = mapped_column(ForeignKey("campaign_update.id", ondelete="SET NULL"), index=True)


class UpdateRevision(Base):
    """A text that a report had, or that somebody wrote while another was faster (`overtaken`)."""

    __tablename__ = "campaign_update_revision"
    __table_args__ = (
        CheckConstraint("kind IN ('saved', 'overtaken')", name="kind_known"),
        Index("ix_campaign_update_revision_update_id_version", "update_id", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    update_id: Mapped[int] = mapped_column(ForeignKey("campaign_update.id", ondelete="CASCADE"))
    version: Mapped[int]
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    tab: Mapped[str] = mapped_column(default="")
    begun_at: Mapped[datetime]
    at: Mapped[datetime]


class Attachment(Base):
    """A file that a campaign's reports may offer, under the name that their texts use."""

    __tablename__ = "campaign_attachment"
    __table_args__ = (UniqueConstraint("campaign_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    name: Mapped[str]
    stored: Mapped[JsonObject]
