"""Telling the readers of a report: starting, stopping, going on, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import audit, clock, mail
from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.updates.audience import recipient_count, recipients, topic_of
from fundsite.updates.following import Notification
from fundsite.updates.models import Update
from fundsite.updates.service import NoSuchUpdate, is_out, published_by_id

NOTICE, TEST = "update_notice", "update_test"
NEWEST = 50


class NotStarted(FundsiteError):
    """Nobody has been told of this report yet."""


@dataclass(frozen=True)
class Progress:
    """How far a notification has come. `recipients` are those it is for, or would be for if it started now."""

    recipients: int
    started_at: datetime | None
    stopped_at: datetime | None
    waiting: int
    sent: int
    skipped: int
    failed: int

    @property
    def done(self) -> int:
        """Count the mails that need nothing more."""
        return self.sent + self.skipped + self.failed

    @property
    def status(self) -> str:
        """Which of "new", "running", "stopped" and "done" it is."""
        if self.started_at is None:
            return "new"
        if not self.waiting:
            return "done"
        return "stopped" if self.stopped_at else "running"


def start(session: Session, update: Update) -> int:
    """Put a mail to each reader into the outbox, within the transaction that publishes the report.

    Returns how many readers are told. Safe to call twice: the second call changes nothing and returns the same.
    """
    session.flush()
    session.execute(select(Update.id).where(Update.id == update.id).with_for_update())
    begun = session.get(Notification, update.id, populate_existing=True)
    if begun is not None:
        return begun.recipients
    people = recipients(session, update)
    count = mail.announce_to_many(session, NOTICE, update.id, topic_of(update.campaign_id), people)
    session.add(Notification(update_id=update.id, recipients=count, started_at=clock.now()))
    return count


def start_by_staff(update_id: int, staff_id: int) -> int:
    """Tell the readers of a published report; NoSuchUpdate for any other."""
    with transaction() as session:
        count = start(session, published_by_id(update_id))
        audit.record(session, staff_id, "notification.start", "update", update_id, recipients=count)
    return count


def stop(update_id: int, staff_id: int) -> None:
    """Send no more of a notification until it is resumed; NotStarted where there is none."""
    with transaction() as session:
        begun = _begun(session, update_id)
        begun.stopped_at = begun.stopped_at or clock.now()
        count = mail.hold(session, NOTICE, update_id)
        audit.record(session, staff_id, "notification.stop", "update", update_id, held=count)


def resume(update_id: int, staff_id: int) -> None:
    """Send what was held back; NotStarted where there is no notification."""
    with transaction() as session:
        _begun(session, update_id).stopped_at = None
        count = mail.let_go(session, NOTICE, update_id)
        audit.record(session, staff_id, "notification.resume", "update", update_id, queued=count)


def _begun(session: Session, update_id: int) -> Notification:
    begun = session.get(Notification, update_id, with_for_update=True)
    if begun is None:
        raise NotStarted(str(update_id))
    return begun


def send_test(update_id: int, email: str, staff_id: int, locale: str) -> None:
    """Send the notification of a report, published or not, to the person of staff who asks for it."""
    with transaction() as session:
        if session.get(Update, update_id) is None:
            raise NoSuchUpdate(str(update_id))
        mail.announce_again(session, TEST, update_id, email, locale)
        audit.record(session, staff_id, "notification.test", "update", update_id)


def progress(update: Update) -> Progress:
    """Say how far the notification of a report has come."""
    begun = db.session.get(Notification, update.id)
    if begun is None:
        return Progress(recipient_count(update), None, None, 0, 0, 0, 0)
    by_status = mail.counts(NOTICE, update.id)
    return Progress(
        recipients=begun.recipients,
        started_at=begun.started_at,
        stopped_at=begun.stopped_at,
        waiting=by_status["queued"] + by_status["held"],
        sent=by_status["sent"],
        skipped=by_status["skipped"],
        failed=by_status["failed"],
    )


def newest_reports() -> list[tuple[Update, str, Notification | None]]:
    """Return the newest published reports with the titles of their campaigns and their notifications."""
    rows = db.session.execute(
        select(Update, Campaign.title, Notification)
        .join(Campaign, Campaign.id == Update.campaign_id)
        .outerjoin(Notification, Notification.update_id == Update.id)
        .where(*is_out())
        .order_by(Update.published_at.desc(), Update.id.desc())
        .limit(NEWEST)
    )
    return [(update, title, begun) for update, title, begun in rows]
