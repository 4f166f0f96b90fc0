"""Telling the readers of a report: starting, stopping, going on, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import audit, clock, mail
from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.updates.audience import NOTICE, reach, recipients, topic_of
from fundsite.updates.following import Notification
from fundsite.updates.models import Update
from fundsite.updates.service import NoSuchUpdate, is_out, published_by_id

TEST = "update_test"
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
    begun = _begun_or_none(session, update)
    if begun is not None:
        return begun.recipients
    count = _announce(session, update)
    session.add(Notification(update_id=update.id, recipients=count, started_at=clock.now()))
    return count


def start_again(session: Session, update: Update) -> int:
    """Tell the readers of a report that comes back after it was withdrawn, or of one that is new.

    Those who had the mail do not get it again. Who still waited for it gets it now, and who has joined since.
    Returns how many mails wait.
    """
    begun = _begun_or_none(session, update)
    if begun is None:
        return start(session, update)
    begun.stopped_at = None
    waiting = mail.let_go(session, NOTICE, update.id)
    joined = _announce(session, update)
    begun.recipients = mail.total(session, NOTICE, update.id)
    return waiting + joined


def _begun_or_none(session: Session, update: Update) -> Notification | None:
    """Return a report's notification, nobody else being able to begin one until the transaction ends."""
    session.flush()
    session.execute(select(Update.id).where(Update.id == update.id).with_for_update())
    return session.get(Notification, update.id, populate_existing=True)


def _announce(session: Session, update: Update) -> int:
    """Announce to each reader who has no such mail yet."""
    people = recipients(session, update)
    return mail.announce_to_many(session, NOTICE, update.id, topic_of(update.campaign_id), people)


def stop_if_running(session: Session, update_id: int) -> int:
    """Keep back what has not been sent, within the transaction that withdraws a report; return how many mails."""
    begun = session.get(Notification, update_id, with_for_update=True)
    held = mail.hold(session, NOTICE, update_id) if begun is not None else 0
    if begun is not None and held:
        begun.stopped_at = begun.stopped_at or clock.now()
    return held


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
    """Send what was held back; NotStarted where there is no notification, NoSuchUpdate if the report is not out."""
    with transaction() as session:
        _begun(session, update_id).stopped_at = None
        published_by_id(update_id)
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


def has_begun(update: Update) -> bool:
    """Whether the readers of a report are being told, or were."""
    return db.session.get(Notification, update.id) is not None


def progress(update: Update) -> Progress:
    """Say how far the notification of a report has come."""
    begun = db.session.get(Notification, update.id)
    if begun is None:
        return Progress(reach(update).reached, None, None, 0, 0, 0, 0)
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
