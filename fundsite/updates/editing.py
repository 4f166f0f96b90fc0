"""Writing a report: begun from a skeleton, saved as often as one likes, by several people without loss."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import audit, clock, text
from fundsite.campaigns.models import Campaign, CampaignPicture
from fundsite.db import JsonObject, db, transaction
from fundsite.errors import FundsiteError
from fundsite.markup.pasted import without_front_matter
from fundsite.markup.prose import clean
from fundsite.updates.models import DRAFT, PUBLISHED, Attachment, Update, UpdateRevision
from fundsite.updates.rendering import rendered
from fundsite.updates.revisions import Text, Writer, keep, keep_overtaken, newest, text_now
from fundsite.updates.service import NoSuchUpdate

OBJECT = "update"


class NoSuchReport(NoSuchUpdate):
    """There is no report of that id."""


class ReportRefused(FundsiteError):
    """A report cannot be handled as asked; `reason` says why in one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Choices:
    """What is chosen beside the text: who signs, who may read, and whether mail is sent."""

    author: str
    audience: str
    notify: bool


@dataclass(frozen=True)
class Saved:
    """The text is kept; the next save builds on `version`."""

    version: int


@dataclass(frozen=True)
class Overtaken:
    """Somebody was faster. Their text stays, the other was kept aside; nothing is lost."""

    version: int
    theirs: Text
    staff_id: int | None
    at: datetime


def tidy(typed: Text) -> Text:
    """Return a text as it is kept: no look-alikes, nothing invisible, no settings between +++ lines."""
    return Text(text.line(text.repair_lookalikes(typed.title)), without_front_matter(clean(typed.body)))


def find_report(update_id: int) -> tuple[Update, Campaign]:
    """Return a report in any status with its campaign; NoSuchReport otherwise."""
    found = db.session.execute(
        select(Update, Campaign).join(Campaign, Campaign.id == Update.campaign_id).where(Update.id == update_id)
    ).one_or_none()
    if found is None:
        raise NoSuchReport(str(update_id))
    return found[0], found[1]


def pictures_for(campaign_id: int) -> dict[str, JsonObject]:
    """Return the stored pictures that a campaign's texts may show, by name."""
    rows = select(CampaignPicture.name, CampaignPicture.stored).where(CampaignPicture.campaign_id == campaign_id)
    return {row.name: row.stored for row in db.session.execute(rows)}


def stored_for(campaign_id: int) -> dict[str, JsonObject]:
    """Return the stored pictures and files that a campaign's reports may show, by name."""
    rows = select(Attachment.name, Attachment.stored).where(Attachment.campaign_id == campaign_id)
    return pictures_for(campaign_id) | {row.name: row.stored for row in db.session.execute(rows)}


def begin(campaign_id: int, slug: str, draft: Text, author: str, staff_id: int) -> int:
    """Make a draft and return its id. It has no number and nobody but staff knows of it."""
    ready = rendered(draft.body, stored_for(campaign_id))
    with transaction() as session:
        return begun(session, campaign_id, slug, draft, ready, author=author, staff_id=staff_id).id


def begun(
    session: Session,
    campaign_id: int,
    slug: str,
    draft: Text,
    ready: dict[str, Any],
    *,
    author: str = "",
    staff_id: int | None = None,
) -> Update:
    """Write a draft whose text was rendered before into the caller's transaction."""
    update = Update(
        campaign_id=campaign_id,
        number=None,
        slug=slug,
        title=draft.title,
        body=draft.body,
        **ready,
        status=DRAFT,
        published_at=None,
        author=author,
        created_by=staff_id,
        edited_at=clock.now(),
    )
    session.add(update)
    session.flush()
    newest(session, update).staff_id = staff_id
    audit.record(session, staff_id, "report.begun", OBJECT, update.id, skeleton=slug)
    return update


def save(update_id: int, typed: Text, choices: Choices, base: int, writer: Writer) -> Saved | Overtaken:
    """Keep what was typed over version `base`. The same again changes nothing.

    If another tab saved meanwhile, its text stays, the typed one is kept aside, and `Overtaken` says whose it was.
    The text of a published report is kept without being shown, and its choices are left as they are: `bring_out`
    shows both.
    """
    kept = tidy(typed)
    ready = rendered(kept.body, stored_for(find_report(update_id)[0].campaign_id))
    with transaction() as session:
        update = locked(session, update_id)
        last = newest(session, update)
        if update.status != PUBLISHED:
            update.author, update.audience, update.notify = choices.author, choices.audience, choices.notify
        if (last.title, last.body) == (kept.title, kept.body):
            return Saved(update.version)
        if base != update.version and last.tab != writer.tab:
            keep_overtaken(session, update, kept, writer)
            return Overtaken(update.version, Text(last.title, last.body), last.staff_id, last.at)
        if keep(session, update, last, kept, writer, base):
            audit.record(session, writer.staff_id, "report.edited", OBJECT, update.id, version=update.version)
        if update.status != PUBLISHED:
            show(update, kept, ready)
        return Saved(update.version)


def locked(session: Session, update_id: int) -> Update:
    """Return a report's row, held until the transaction ends; NoSuchReport otherwise."""
    update = session.scalar(select(Update).where(Update.id == update_id).with_for_update())
    if update is None:
        raise NoSuchReport(str(update_id))
    return update


def show(update: Update, text_: Text, ready: dict[str, Any]) -> None:
    """Make a text the one that readers see as soon as the report is out."""
    update.title, update.body = text_.title, text_.body
    for name, value in ready.items():
        setattr(update, name, value)


def has_unshown_changes(update: Update) -> bool:
    """Whether a published report has a newer text that readers do not see yet."""
    return update.status == PUBLISHED and text_now(update) != Text(update.title, update.body)


def restore(update_id: int, revision_id: int, base: int, writer: Writer) -> Saved | Overtaken:
    """Make an earlier text the newest one. What was there stays among the revisions."""
    update, _ = find_report(update_id)
    revision = db.session.get(UpdateRevision, revision_id)
    if revision is None or revision.update_id != update_id:
        raise NoSuchReport(str(revision_id))
    choices = Choices(update.author, update.audience, update.notify)
    return save(update_id, Text(revision.title, revision.body), choices, base, writer)


def delete_draft(update_id: int, staff_id: int) -> None:
    """Throw a draft away with its revisions. One that was ever published has an address, and is refused."""
    with transaction() as session:
        update = locked(session, update_id)
        if update.status != DRAFT or update.number is not None:
            raise ReportRefused("not_a_draft")
        session.delete(update)
        audit.record(session, staff_id, "report.deleted", OBJECT, update_id)


def reports_of(campaign_id: int) -> list[Update]:
    """Return a campaign's reports for staff: what is not out yet first, then the newest."""
    rows = select(Update).where(Update.campaign_id == campaign_id)
    order = (Update.status == PUBLISHED, Update.published_at.desc().nulls_first(), Update.id.desc())
    return list(db.session.scalars(rows.order_by(*order)))
