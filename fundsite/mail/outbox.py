"""The rows of the outbox: announcing mail to one person or to many, holding it back and counting it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import make_msgid
from typing import TYPE_CHECKING, Any, cast

from flask import current_app
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from fundsite import clock
from fundsite.db import Base, db
from fundsite.mail.suppression import suppressed_addresses

if TYPE_CHECKING:
    from sqlalchemy.engine import CursorResult

STATUSES = ("queued", "held", "sent", "skipped", "failed")


class OutboxMail(Base):
    """One mail to one person, unique by what it announces.

    `topic` is what its recipient may stop, such as a campaign's reports; a mail without one belongs to a pledge, goes
    first and cannot be stopped. `because` says what gives the recipient this mail.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (
        UniqueConstraint("kind", "about", "recipient"),
        CheckConstraint(f"status IN {STATUSES}", name="status_known"),
        Index("ix_outbox_mail_status_due_at", "status", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    about: Mapped[int]
    recipient: Mapped[str]
    locale: Mapped[str]
    topic: Mapped[str | None]
    because: Mapped[str] = mapped_column(default="", server_default="")
    message_id: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default="queued")
    refusals: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    lease_holder: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None]


@dataclass(frozen=True)
class Addressee:
    """One of many recipients, and what gives them the mail."""

    email: str
    locale: str
    because: str


def _row(kind: str, about: int, recipient: str, locale: str, now: datetime) -> dict[str, Any]:
    return {
        "kind": kind,
        "about": about,
        "recipient": recipient,
        "locale": locale,
        "message_id": make_msgid(domain=current_app.extensions["fundsite.mail_host"]),
        "created_at": now,
        "due_at": now,
    }


def announce(session: Session, kind: str, about: int, recipient: str, locale: str) -> None:
    """Put a mail into the outbox, within the caller's transaction. Announcing the same twice is an error there."""
    session.add(OutboxMail(**_row(kind, about, recipient, locale, clock.now())))


def announced(session: Session, kind: str, about: int) -> bool:
    """Whether a mail was announced before, to anybody."""
    same = select(OutboxMail.id).where(OutboxMail.kind == kind, OutboxMail.about == about)
    return session.scalar(same.limit(1)) is not None


def announce_again(session: Session, kind: str, about: int, recipient: str, locale: str) -> None:
    """Announce what may be sent more than once. One that still waits is enough."""
    same = (OutboxMail.kind == kind, OutboxMail.about == about, OutboxMail.recipient == recipient)
    session.execute(delete(OutboxMail).where(*same, OutboxMail.status.in_(("sent", "skipped", "failed"))))
    if session.scalar(select(OutboxMail.id).where(*same)) is None:
        announce(session, kind, about, recipient, locale)


def announce_to_many(session: Session, kind: str, about: int, topic: str, people: Sequence[Addressee]) -> int:
    """Put one mail for each person into the outbox; return how many.

    A person is an address, however it is written. Left out are those who stopped `topic`, and those for whom this
    mail is in the outbox already, unless it was skipped: what was no longer for them then is for them now.
    """
    same = (OutboxMail.kind == kind, OutboxMail.about == about)
    session.execute(delete(OutboxMail).where(*same, OutboxMail.status == "skipped"))
    known = suppressed_addresses(session, topic)
    known |= set(session.scalars(select(func.lower(OutboxMail.recipient)).where(*same)))
    now, rows = clock.now(), {}
    for person in people:
        name = person.email.lower()
        if name not in known and name not in rows:
            row = _row(kind, about, person.email, person.locale, now)
            rows[name] = {**row, "topic": topic, "because": person.because, "status": "queued"}
    if rows:
        session.execute(insert(OutboxMail), list(rows.values()))
    return len(rows)


def hold(session: Session, kind: str, about: int) -> int:
    """Keep back what has not been sent; return how many mails. One that is on its way may still arrive."""
    return _turn(session, kind, about, "queued", "held")


def let_go(session: Session, kind: str, about: int) -> int:
    """Send what was kept back; return how many mails."""
    return _turn(session, kind, about, "held", "queued")


def _turn(session: Session, kind: str, about: int, before: str, after: str) -> int:
    turned = session.execute(
        update(OutboxMail)
        .where(OutboxMail.kind == kind, OutboxMail.about == about, OutboxMail.status == before)
        .values(status=after)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", turned).rowcount


def total(session: Session, kind: str, about: int) -> int:
    """Count the mails of an announcement, within the caller's transaction."""
    same = (OutboxMail.kind == kind, OutboxMail.about == about)
    return session.scalar(select(func.count()).where(*same)) or 0


def counts(kind: str, about: int) -> dict[str, int]:
    """Count the mails of an announcement by status; every status is there."""
    rows = db.session.execute(
        select(OutboxMail.status, func.count())
        .where(OutboxMail.kind == kind, OutboxMail.about == about)
        .group_by(OutboxMail.status)
    )
    return {**dict.fromkeys(STATUSES, 0), **{row[0]: row[1] for row in rows}}


def undelivered() -> int:
    """Count the mails that were given up, for staff to look at."""
    return db.session.scalar(select(func.count()).where(OutboxMail.status == "failed")) or 0
