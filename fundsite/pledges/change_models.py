"""Table of what supporters changed by themselves."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base


class PledgeChange(Base):
    """That a supporter changed what is kept of a pledge: which fields, and when. Never what stood in them."""

    __tablename__ = "pledge_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), index=True)
    fields: Mapped[list[str]]
    at: Mapped[datetime]
