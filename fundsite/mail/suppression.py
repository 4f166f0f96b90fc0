"""Who gets no more mail of a kind: those who stopped it, and addresses that do not exist.

What a pledge causes (thanks, refunds) is never held against this list.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Select, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fundsite import clock
from fundsite.db import Base, insert_once

EVERYTHING = "everything"
STOPPED, BOUNCED = "stopped", "bounced"


class Suppression(Base):
    """An address, in small letters, that gets no mail of `topic`; `everything` covers every topic."""

    __tablename__ = "mail_suppression"
    __table_args__ = (
        UniqueConstraint("email", "topic"),
        CheckConstraint("reason IN ('stopped', 'bounced')", name="reason_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    topic: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


def suppress(session: Session, email: str, topic: str, reason: str) -> None:
    """Send an address no more mail of `topic`. Safe to call twice."""
    insert_once(session, Suppression, email=email.lower(), topic=topic, reason=reason, at=clock.now())


def welcome_back(session: Session, email: str, topic: str) -> None:
    """Forget that an address stopped `topic`: its owner has just asked for it again, by a mail that arrived."""
    session.execute(
        delete(Suppression).where(Suppression.email == email.lower(), Suppression.topic.in_((topic, EVERYTHING)))
    )


def suppressing(email: str, topic: str) -> Select[int]:
    """Select what keeps mail of `topic` from an address: nothing, if it gets such mail."""
    return select(Suppression.id).where(Suppression.email == email.lower(), Suppression.topic.in_((topic, EVERYTHING)))


def suppressed_addresses(session: Session, topic: str) -> set[str]:
    """Return every address, in small letters, that gets no mail of `topic`."""
    return set(session.scalars(select(Suppression.email).where(Suppression.topic.in_((topic, EVERYTHING)))))
