"""The table of activity reports."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base, JsonObject

EVERYONE = "everyone"
BACKERS = "backers"
MONTHLY = "monthly"  # whoever supports a monthly campaign of this site
FOLLOWERS = "followers"


class Update(Base):
    """A report. `audience` is "everyone", "backers", "monthly", "followers", or reward codes divided by commas."""

    __tablename__ = "campaign_update"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    number: Mapped[int]
    slug: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    body_html: Mapped[str]
    lead: Mapped[str]
    picture: Mapped[JsonObject | None]
    published_at: Mapped[datetime]
    audience: Mapped[str] = mapped_column(default=EVERYONE)
    author: Mapped[str] = mapped_column(default="")
    notify: Mapped[bool] = mapped_column(default=False)
    show_lead: Mapped[bool] = mapped_column(default=False, server_default=false())  # to those who may not read it

    @property
    def is_public(self) -> bool:
        """Whether anybody may read it."""
        return self.audience == EVERYONE
