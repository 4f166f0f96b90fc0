"""The table of who has which pledge at checkout, kept for an hour."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fundsite.db import Base


class OpenCheckout(Base):
    """A pledge that a visitor took to checkout. `visitor` is a keyed hash of a browser's session or of an address."""

    __tablename__ = "open_checkout"

    visitor: Mapped[str] = mapped_column(primary_key=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(index=True)
