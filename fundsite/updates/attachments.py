"""Files that reports offer: PDF, sound and film, known to the campaign by a short name."""

from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import audit, pictures, text
from fundsite.campaigns.models import Campaign
from fundsite.db import JsonObject, db, release, transaction
from fundsite.media import StoredFile
from fundsite.media.files import BY_TYPE, DOCUMENT
from fundsite.updates.editing import OBJECT, find_report
from fundsite.updates.models import Attachment, Update
from fundsite.updates.rendering import FILES, offers
from fundsite.updates.service import NoSuchUpdate


@dataclass(frozen=True)
class Found:
    """A file to serve."""

    path: Path
    name: str
    content_type: str

    @property
    def is_document(self) -> bool:
        """Whether it is saved rather than played."""
        return BY_TYPE[self.content_type].shown_as == DOCUMENT


def as_row(stored: StoredFile) -> JsonObject:
    """Return what a row keeps of a stored file."""
    return {"key": stored.key, "content_type": stored.content_type, "size": stored.size}


def add_file(update_id: int, stream: IO[bytes], filename: str, staff_id: int) -> str:
    """Store a file and return the name that a text uses for it. The same file again has the same name.

    FileRefused for what is none of the kinds that are offered, or too heavy; nothing is kept then.
    """
    campaign_id = find_report(update_id)[0].campaign_id
    release()
    stored = pictures.store().put_file(stream)
    with transaction() as session:
        session.execute(select(Campaign.id).where(Campaign.id == campaign_id).with_for_update())
        known = _known(session, campaign_id)
        same = next((name for name, row in known.items() if row["key"] == stored.key), None)
        if same is not None:
            return same
        name = _free_name(filename, BY_TYPE[stored.content_type].ending, known)
        session.add(Attachment(campaign_id=campaign_id, name=name, stored=as_row(stored)))
        audit.record(session, staff_id, "report.file_added", OBJECT, update_id)
    return name


def _known(session: Session, campaign_id: int) -> dict[str, JsonObject]:
    rows = select(Attachment.name, Attachment.stored).where(Attachment.campaign_id == campaign_id)
    return {row.name: row.stored for row in session.execute(rows)}


def _free_name(filename: str, ending: str, known: dict[str, JsonObject]) -> str:
    stem = text.file_stem(filename) or "file"
    name, number = f"{FILES}{stem}.{ending}", 2
    while name in known:
        name, number = f"{FILES}{stem}-{number}.{ending}", number + 1
    return name


def as_markdown(name: str, filename: str) -> str:
    """Return the line that offers a file."""
    said = " ".join(Path(filename).stem.split()).replace("[", "［").replace("]", "］")
    return f"[{said or name.removeprefix(FILES)}]({name})"


def attachments_of(campaign_id: int) -> list[Attachment]:
    """Return a campaign's files by name."""
    rows = select(Attachment).where(Attachment.campaign_id == campaign_id).order_by(Attachment.name)
    return list(db.session.scalars(rows))


def of_campaign(campaign_id: int, name: str) -> Found:
    """Return a file of a campaign, for staff; NoSuchUpdate if there is none of that name."""
    row = db.session.scalar(
        select(Attachment.stored).where(Attachment.campaign_id == campaign_id, Attachment.name == f"{FILES}{name}")
    )
    path = pictures.store().path_of_file(row["key"]) if row else None
    if row is None or path is None:
        raise NoSuchUpdate(name)
    return Found(path, name, row["content_type"])


def offered(update: Update, name: str) -> Found:
    """Return a file that a report offers; NoSuchUpdate if it offers none of that name."""
    if not offers(update.body, f"{FILES}{name}"):
        raise NoSuchUpdate(name)
    return of_campaign(update.campaign_id, name)


def picture_beside(update: Update, name: str) -> Path:
    """Return a picture that a report shows; NoSuchUpdate if it shows none of that name."""
    path = pictures.path_of(name) if f"/{name}" in update.body_html else None
    if path is None:
        raise NoSuchUpdate(name)
    return path
