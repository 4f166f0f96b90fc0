"""The outbox and its delivery: the only way out for mail.

A mail is a row in the transaction that made it true. The row says what it announces, not what it says:
words are found when it is sent, so no private link lies in the database. A worker leases rows, sends
them over one connection, and marks each as soon as the server has accepted it. What a killed worker was
just handing over stands in its journal: a mail to many counts as sent then (nobody gets it twice), one
that belongs to a pledge goes out again unless the server had accepted it, and bears the same Message-ID.
"""

import smtplib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import structlog
from flask import Flask
from flask_mail import Mail
from sqlalchemy import or_, select, true, update
from sqlalchemy.orm import Session

from fundsite import clock, holder
from fundsite.db import db, release, transaction
from fundsite.mail import journal
from fundsite.mail.connection import TimedConnection
from fundsite.mail.connection import connected as _connection
from fundsite.mail.journal import Journal
from fundsite.mail.outbox import (
    Addressee,
    OutboxMail,
    announce,
    announce_again,
    announce_to_many,
    announced,
    counts,
    hold,
    let_go,
    total,
    undelivered,
)
from fundsite.mail.replies import is_bounce
from fundsite.mail.suppression import BOUNCED, EVERYTHING, suppress, suppressing
from fundsite.mail.writing import Desk, Letter, SheetWriter, Writer, message_of, styled
from fundsite.retries import reason_of, retry_at
from fundsite.settings import MailSettings

__all__ = [
    "Addressee",
    "Letter",
    "OutboxMail",
    "SheetWriter",
    "Writer",
    "announce",
    "announce_again",
    "announce_to_many",
    "announced",
    "counts",
    "deliver_due",
    "hold",
    "install",
    "let_go",
    "ping",
    "styled",
    "total",
    "undelivered",
]

log = structlog.get_logger()

LEASE = timedelta(minutes=15)
BATCH = 100
REFUSALS_UNTIL_FAILED = 12  # of this one message, over about four hours; a server that is down never counts


def install(
    app: Flask,
    settings: MailSettings,
    site_url: str,
    writers: Mapping[str, Writer],
    sheets: Mapping[str, SheetWriter],
) -> None:
    """Connect the app to its mail server; `writers` and `sheets` (to many) find the words."""
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
    app.extensions["fundsite.sheets"] = dict(sheets)
    app.extensions["fundsite.mail_host"] = urlsplit(site_url).hostname


def ping() -> None:
    """Greet the mail server; OSError or SMTPException if it does not answer."""
    with _connection():
        pass


def _lease(limit: int) -> list[OutboxMail]:
    """Take due rows for this process, those of dead workers among them; what belongs to a pledge goes first."""
    now, me = clock.now(), holder.me()
    with transaction() as session:
        unsent = OutboxMail.status.in_(("queued", "held"))
        holders = session.scalars(
            select(OutboxMail.lease_holder).where(unsent, OutboxMail.lease_holder.is_not(None)).distinct()
        )
        dead = [name for name in holders if name and (name == me or holder.is_dead(name))]
        for name in dead:
            _settle(session, name, now)
        rows = session.scalars(
            select(OutboxMail)
            .where(OutboxMail.status == "queued", OutboxMail.due_at <= now)
            .where(
                or_(OutboxMail.lease_until.is_(None), OutboxMail.lease_until <= now, OutboxMail.lease_holder.in_(dead))
            )
            .order_by(OutboxMail.topic.is_not(None), OutboxMail.due_at, OutboxMail.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            row.lease_holder, row.lease_until = me, now + LEASE
    for name in dead:
        journal.forget(name)
    return list(rows)


def _settle(session: Session, dead: str, now: datetime) -> None:
    """Count what a dead worker had handed over as sent. Where only the server knows, nobody gets a report twice."""
    note = journal.left_by(dead)
    if note is None:
        return
    sure = true() if note.accepted else OutboxMail.topic.is_not(None)
    session.execute(
        update(OutboxMail)
        .where(OutboxMail.id == note.mail, OutboxMail.lease_holder == dead, sure)
        .where(OutboxMail.status.in_(("queued", "held")))
        .values(
            status="sent",
            sent_at=now,
            lease_holder=None,
            lease_until=None,
            last_error=None if note.accepted else "the worker died while handing it over",
        )
        .execution_options(synchronize_session=False)
    )


def _may_go(row: OutboxMail) -> tuple[bool, bool]:
    """Whether a mail to many is still ours (neither held back nor taken over since it was leased), and wanted."""
    unwanted = suppressing(row.recipient, row.topic or "").exists()
    found = select(OutboxMail.status, OutboxMail.lease_holder, unwanted).where(OutboxMail.id == row.id)
    status, holding, stopped = db.session.execute(found).one()
    return (status, holding) == ("queued", holder.me()), not stopped


def _mark(row: OutboxMail, **values: object) -> None:
    with transaction() as session:
        session.execute(
            update(OutboxMail)
            .where(OutboxMail.id == row.id, OutboxMail.lease_holder == holder.me())
            .values(lease_holder=None, lease_until=None, **values)
            .execution_options(synchronize_session=False)
        )


def _refused(row: OutboxMail, error: Exception) -> None:
    """This message was not taken: try again later, and stop for good (kept, for staff to see) after many refusals.

    An address that does not exist gets no mails to many from now on; what a pledge causes is tried as ever.
    """
    refusals, reason = row.refusals + 1, reason_of(error)
    bounced = is_bounce(error)
    log.warning("mail_refused", mail=row.id, kind=row.kind, reason=reason, refusals=refusals)
    if bounced:
        with transaction() as session:
            suppress(session, row.recipient, EVERYTHING, BOUNCED)
    _mark(
        row,
        status="failed" if refusals >= REFUSALS_UNTIL_FAILED or (bounced and row.topic is not None) else "queued",
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


def _send(connection: TimedConnection, row: OutboxMail, desk: Desk, notes: Journal) -> None:
    """Send one mail and note it. Raises what means that the connection is of no more use."""
    try:
        ours, wanted = _may_go(row) if row.topic is not None else (True, True)
        if not ours:
            return _mark(row)
        letter = desk.letter(row) if wanted else None
        message = message_of(row, letter) if letter else None
        release()
    except Exception as error:
        log.exception("mail_cannot_be_written", mail=row.id, kind=row.kind)
        return _refused(row, error)
    if message is None:
        return _mark(row, status="skipped")
    try:
        connection.telling = partial(notes.handing_over, row.id)
        connection.send(message)
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, UnicodeError, ValueError) as error:
        notes.clear()
        return _refused(row, error)
    notes.accepted(row.id)
    return _mark(row, status="sent", sent_at=clock.now(), last_error=None)


def deliver_due() -> int:
    """Send what is due over one connection and return how many rows were dealt with (0: nothing is due)."""
    rows = _lease(BATCH)
    waiting = list(rows)
    try:
        if rows:
            desk = Desk()
            with Journal() as notes, _connection() as connection:
                while waiting and clock.now() < (waiting[0].lease_until or clock.now()) - timedelta(minutes=1):
                    _send(connection, waiting[0], desk, notes)
                    waiting.pop(0)
    except (smtplib.SMTPException, OSError) as error:
        journal.forget(holder.me())
        _postponed(waiting, reason_of(error))
    return len(rows)
