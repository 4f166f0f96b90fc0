"""The outbox and its delivery: the only way out for mail.

A mail is a row in the transaction that made it true. The row says what it announces, not what it says:
words are found when it is sent, so no private link lies in the database. A worker leases rows, sends
them over one connection, and marks each as soon as the server has accepted it. Only if the process dies
between those two can a second copy leave, and that bears the same Message-ID.
"""

import smtplib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr, make_msgid
from urllib.parse import urlsplit

import css_inline
import structlog
from flask import Flask, current_app
from flask_mail import Connection, Mail, Message
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from fundsite import clock, holder
from fundsite.db import Base, db, release, transaction
from fundsite.i18n import speaking
from fundsite.retries import reason_of, retry_at
from fundsite.settings import MailSettings

log = structlog.get_logger()

TIMEOUT_SECONDS = 20
LEASE = timedelta(minutes=15)
BATCH = 50
REFUSALS_UNTIL_FAILED = 12  # of this one message, over about four hours; a server that is down never counts


class OutboxMail(Base):
    """One mail to one person, unique by what it announces."""

    __tablename__ = "outbox_mail"
    __table_args__ = (
        UniqueConstraint("kind", "about", "recipient"),
        CheckConstraint("status IN ('queued', 'sent', 'failed')", name="status_known"),
        Index("ix_outbox_mail_status_due_at", "status", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    about: Mapped[int]
    recipient: Mapped[str]
    locale: Mapped[str]
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
class Letter:
    """The words of a mail, and the name and address that stand behind it."""

    subject: str
    text: str
    html: str
    sender_name: str
    reply_to: str


Writer = Callable[[int], Letter]


def install(app: Flask, settings: MailSettings, site_url: str, writers: Mapping[str, Writer]) -> None:
    """Connect the app to its mail server; `writers` finds the words for each kind of mail."""
    app.config.update(
        MAIL_SERVER=settings.server,
        MAIL_PORT=settings.port,
        MAIL_USERNAME=settings.username or None,
        MAIL_PASSWORD=settings.password or None,
        MAIL_USE_TLS=settings.use_tls,
        MAIL_USE_SSL=settings.use_ssl,
        MAIL_DEFAULT_SENDER=settings.sender,
        MAIL_SUPPRESS_SEND=False,
    )
    app.extensions["fundsite.mail"] = Mail(app)
    app.extensions["fundsite.writers"] = dict(writers)
    app.extensions["fundsite.mail_host"] = urlsplit(site_url).hostname


def announce(session: Session, kind: str, about: int, recipient: str, locale: str) -> None:
    """Put a mail into the outbox, within the caller's transaction. Announcing the same twice is an error there."""
    now = clock.now()
    session.add(
        OutboxMail(
            kind=kind,
            about=about,
            recipient=recipient,
            locale=locale,
            message_id=make_msgid(domain=current_app.extensions["fundsite.mail_host"]),
            created_at=now,
            due_at=now,
        )
    )


class _TimedConnection(Connection):
    """Flask-Mail's connection with a time-out, which it lacks."""

    def configure_host(self) -> smtplib.SMTP:
        kind = smtplib.SMTP_SSL if self.mail.use_ssl else smtplib.SMTP
        host = kind(self.mail.server, self.mail.port, timeout=TIMEOUT_SECONDS)
        if self.mail.use_tls:
            host.starttls()
        if self.mail.username and self.mail.password:
            host.login(self.mail.username, self.mail.password)
        return host


@contextmanager
def _connection() -> Iterator[Connection]:
    connection = _TimedConnection(current_app.extensions["fundsite.mail"])
    connection.host = connection.configure_host()
    try:
        yield connection
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.host.quit()


def ping() -> None:
    """Greet the mail server; OSError or SMTPException if it does not answer."""
    with _connection():
        pass


def _lease(limit: int) -> list[OutboxMail]:
    """Take due rows for this process, those of dead workers among them."""
    now, me = clock.now(), holder.me()
    with transaction() as session:
        holders = session.scalars(
            select(OutboxMail.lease_holder)
            .where(OutboxMail.status == "queued", OutboxMail.lease_until > now)
            .distinct()
        )
        dead = [name for name in holders if name and (name == me or holder.is_dead(name))]
        rows = session.scalars(
            select(OutboxMail)
            .where(OutboxMail.status == "queued", OutboxMail.due_at <= now)
            .where(
                or_(OutboxMail.lease_until.is_(None), OutboxMail.lease_until <= now, OutboxMail.lease_holder.in_(dead))
            )
            .order_by(OutboxMail.due_at, OutboxMail.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            row.lease_holder, row.lease_until = me, now + LEASE
    return list(rows)


def _message(row: OutboxMail) -> Message:
    with speaking(row.locale):
        letter: Letter = current_app.extensions["fundsite.writers"][row.kind](row.about)
    message = Message(
        subject=letter.subject,
        recipients=[row.recipient],
        body=letter.text,
        html=css_inline.inline(letter.html),
        sender=formataddr((letter.sender_name, current_app.config["MAIL_DEFAULT_SENDER"])),
        reply_to=letter.reply_to or None,
        extra_headers={"Auto-Submitted": "auto-generated", "Content-Language": row.locale},
    )
    message.msgId = row.message_id
    return message


def _mark(row: OutboxMail, **values: object) -> None:
    with transaction() as session:
        session.execute(
            update(OutboxMail)
            .where(OutboxMail.id == row.id, OutboxMail.lease_holder == holder.me())
            .values(lease_holder=None, lease_until=None, **values)
        )


def _refused(row: OutboxMail, reason: str) -> None:
    """This message was not taken: try again later, and stop for good (kept, for staff to see) after many refusals."""
    refusals = row.refusals + 1
    log.warning("mail_refused", mail=row.id, kind=row.kind, reason=reason, refusals=refusals)
    _mark(
        row,
        status="failed" if refusals >= REFUSALS_UNTIL_FAILED else "queued",
        refusals=refusals,
        tries=row.tries + 1,
        due_at=retry_at(row.tries),
        last_error=reason,
    )


def _postponed(rows: list[OutboxMail], reason: str) -> None:
    """The server cannot be reached: nothing is held against the messages."""
    log.warning("mail_server_unreachable", waiting=len(rows), reason=reason)
    for row in rows:
        _mark(row, tries=row.tries + 1, due_at=retry_at(row.tries), last_error=reason)


def _send(connection: Connection, row: OutboxMail) -> None:
    """Send one mail and note it. Raises what means that the connection is of no more use."""
    try:
        message = _message(row)
        release()
    except Exception as error:
        log.exception("mail_cannot_be_written", mail=row.id, kind=row.kind)
        _refused(row, reason_of(error))
        return
    try:
        connection.send(message)
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, UnicodeError, ValueError) as error:
        _refused(row, reason_of(error))
        return
    _mark(row, status="sent", sent_at=clock.now(), last_error=None)


def deliver_due() -> int:
    """Send what is due over one connection and return how many rows were dealt with (0: nothing is due)."""
    rows = _lease(BATCH)
    waiting = list(rows)
    try:
        if rows:
            with _connection() as connection:
                while waiting and clock.now() < (waiting[0].lease_until or clock.now()) - timedelta(minutes=1):
                    _send(connection, waiting[0])
                    waiting.pop(0)
    except (smtplib.SMTPException, OSError) as error:
        _postponed(waiting, reason_of(error))
    return len(rows)


def undelivered() -> int:
    """Count the mails that were given up, for staff to look at."""
    return db.session.scalar(select(func.count()).where(OutboxMail.status == "failed")) or 0
