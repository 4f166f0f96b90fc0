"""The life of a report: draft, planned, published, withdrawn. The worker publishes what is due."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.updates import notify
from fundsite.updates.editing import OBJECT, Choices, ReportRefused, find_report, locked, show, stored_for
from fundsite.updates.models import DRAFT, PUBLISHED, SCHEDULED, Update
from fundsite.updates.rendering import rendered
from fundsite.updates.revisions import Text, text_now

log = structlog.get_logger()


@dataclass(frozen=True)
class Decided:
    """What somebody had before their eyes and chose on the page that asks: who may read, and whether to tell them."""

    audience: str
    notify: bool


def published(session: Session, update: Update) -> None:
    """What else happens in the transaction that publishes a report: its day's figures are kept, its readers told."""
    campaign = session.get_one(Campaign, update.campaign_id)
    if update.raised_then is None:  # a folder may know the figures of the day
        update.raised_then, update.backers_then = campaign.raised, campaign.backers
        update.percent_then = campaign.raised * 100 // campaign.goal
    if update.notify and campaign.published_at is not None:
        notify.start_again(session, update)


def publish(update_id: int, version: int, staff_id: int, decided: Decided | None = None) -> None:
    """Publish now, and put the mails into the outbox in the same transaction.

    A report that is out already stays as it is, and nobody is told again, however often this is asked. Without
    `decided` the choices of the editor hold.
    Refuses (ReportRefused) `changed`: somebody wrote since `version` was looked at, or chose other readers;
    `empty`: no title or no text.
    """
    words, ready = _ready(update_id)
    with transaction() as session:
        update = _checked(session, update_id, version, words, decided)
        if update.status == PUBLISHED:
            return
        show(update, words, ready)
        _go_out(session, update, clock.now())
        audit.record(session, staff_id, "report.published", OBJECT, update_id, number=update.number)


def schedule(update_id: int, version: int, at: datetime, staff_id: int, decided: Decided | None = None) -> None:
    """Plan a report, and its mails, for `at`: the worker publishes it and tells its readers of that moment.

    Refuses what `publish` refuses, `past` and, of one that is out, `published`.
    """
    if at <= clock.now():
        raise ReportRefused("past")
    words, ready = _ready(update_id)
    with transaction() as session:
        update = _checked(session, update_id, version, words, decided)
        if update.status == PUBLISHED:
            raise ReportRefused("published")
        show(update, words, ready)
        update.status, update.published_at = SCHEDULED, at
        audit.record(session, staff_id, "report.scheduled", OBJECT, update_id)


def bring_out(update_id: int, version: int, choices: Choices, staff_id: int) -> None:
    """Show the newest text of a published report, and its choices. Refuses what `publish` refuses."""
    words, ready = _ready(update_id)
    with transaction() as session:
        update = _checked(session, update_id, version, words)
        if update.status != PUBLISHED:
            raise ReportRefused("not_published")
        show(update, words, ready)
        update.author, update.audience = choices.author, choices.audience
        audit.record(session, staff_id, "report.changed", OBJECT, update_id, version=version)


def withdraw(update_id: int, staff_id: int) -> None:
    """Take a published report off the site, or give up a plan. Its number stays its own, should it come back.

    What has not been sent of its notification is kept back; `publish` lets it go.
    """
    words, ready = _ready(update_id)
    with transaction() as session:
        update = locked(session, update_id)
        if update.status == DRAFT:
            return
        act = "report.withdrawn" if update.status == PUBLISHED else "report.unscheduled"
        show(update, words, ready)
        update.status, update.published_at = DRAFT, None
        update.raised_then = update.backers_then = update.percent_then = None
        audit.record(session, staff_id, act, OBJECT, update_id, held=notify.stop_if_running(session, update_id))


def publish_due() -> int:
    """Publish what is due and return how many were; each exactly once, whoever else is at it."""
    due = (Update.status == SCHEDULED, Update.published_at <= clock.now())
    found = db.session.execute(select(Update.id, Update.campaign_id).where(*due).order_by(Update.published_at)).all()
    return sum(_publish_planned(update_id, campaign_id) for update_id, campaign_id in found)


def _publish_planned(update_id: int, campaign_id: int) -> bool:
    with transaction() as session:
        _hold_numbers(session, campaign_id)
        due = (Update.id == update_id, Update.status == SCHEDULED, Update.published_at <= clock.now())
        update = session.scalar(select(Update).where(*due).with_for_update())
        if update is None or update.published_at is None:
            return False
        if not (update.title and update.body):
            log.warning("empty_report_not_published", update=update_id)
            update.status, update.published_at = DRAFT, None
            return False
        _go_out(session, update, update.published_at)
        audit.record(session, None, "report.published", OBJECT, update_id, number=update.number)
        return True


def _go_out(session: Session, update: Update, at: datetime) -> None:
    update.status, update.published_at = PUBLISHED, at
    if update.number is None:
        update.number = _next_number(session, update.campaign_id)
    published(session, update)


def _hold_numbers(session: Session, campaign_id: int) -> None:
    """Let nobody else give numbers in this campaign until the transaction ends."""
    session.execute(select(Campaign.id).where(Campaign.id == campaign_id).with_for_update())


def _next_number(session: Session, campaign_id: int) -> int:
    highest = session.scalar(select(func.max(Update.number)).where(Update.campaign_id == campaign_id))
    return (highest or 0) + 1


def _ready(update_id: int) -> tuple[Text, dict[str, Any]]:
    """Render the newest text before a transaction opens."""
    update, campaign = find_report(update_id)
    words = text_now(update)
    return words, rendered(words.body, stored_for(campaign.id))


def _checked(session: Session, update_id: int, version: int, words: Text, decided: Decided | None = None) -> Update:
    """Return the report under lock if it is still what somebody looked at, and says something."""
    campaign_id = session.scalar(select(Update.campaign_id).where(Update.id == update_id))
    if campaign_id is not None:
        _hold_numbers(session, campaign_id)
    update = locked(session, update_id)
    if update.version != version or text_now(update) != words:
        raise ReportRefused("changed")
    if not (words.title and words.body):
        raise ReportRefused("empty")
    if decided and update.status != PUBLISHED:
        if update.audience != decided.audience:
            raise ReportRefused("changed")
        update.notify = decided.notify
    return update
