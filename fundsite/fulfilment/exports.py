"""Exports that staff ask for: a row says who, what and why; a worker writes the file; it goes when its time is over.

Asking, making and fetching are each in the audit log; the row stays when the file is gone.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import audit, clock, pictures
from fundsite.access import OWNER, StaffMember
from fundsite.db import db, insert_once, transaction
from fundsite.errors import FundsiteError
from fundsite.fulfilment.backer_filter import Wanted
from fundsite.fulfilment.backer_models import Export, ExportColumns
from fundsite.fulfilment.backer_rows import HEADER
from fundsite.fulfilment.export import FORMATS, Written
from fundsite.sealed import boxed

KEPT = timedelta(hours=24)
BOX = "export-password"
FOLDER = "exports"
MASK = "…"  # in place of words that were searched for, once the file is there
PAGE = 50


class NoSuchExport(FundsiteError):
    """There is no such export, its file is gone, or it is another's."""


@dataclass(frozen=True)
class Order:
    """What is asked for. `attempt` makes two clicks one export."""

    attempt: str
    wanted: Wanted
    kind: str
    encoding: str
    reason: str
    password: str = ""


def ask(order: Order, staff_id: int) -> int:
    """Write an export down for the worker; return its number. The same attempt twice is one export."""
    with transaction() as session:
        insert_once(
            session,
            Export,
            attempt=order.attempt,
            campaign_id=order.wanted.campaign_id,
            wanted=order.wanted.as_json(),
            left_out=sorted(left_out()),
            format=order.kind,
            encoding=order.encoding if FORMATS[order.kind].encodings else "",
            reason=order.reason,
            password=boxed(BOX, order.password) if order.password else "",
            has_password=bool(order.password),
            status="waiting",
            asked_by=staff_id,
            asked_at=clock.now(),
        )
        export = session.scalars(select(Export).where(Export.attempt == order.attempt)).one()
        note(session, staff_id, "backers.export_asked", export)
        return export.id


def note_command(wanted: Wanted, kind: str, encoding: str, reason: str, written: Written) -> None:
    """Write down that the command wrote a file: whoever may use it has the whole database, and is no staff by name."""
    now = clock.now()
    with transaction() as session:
        export = Export(
            campaign_id=wanted.campaign_id,
            wanted=wanted.as_json(),
            format=kind,
            encoding=encoding,
            reason=reason,
            status="removed",
            asked_at=now,
            ready_at=now,
            count=written.count,
            done=written.count,
            replaced=written.replaced_count,
        )
        session.add(export)
        session.flush()
        note(session, None, "backers.exported", export)


def note(session: Session, staff_id: int | None, action: str, export: Export) -> None:
    """Write an act into the audit log: how many rows in what kind of file, never whose."""
    audit.record(session, staff_id, action, "export", export.id, count=export.count or 0, format=export.format)


def exports_page(before: int | None) -> tuple[list[Export], int | None]:
    """Return the newest exports of all staff, older than the key `before`, and the key of the next page."""
    rows = select(Export).order_by(Export.id.desc()).limit(PAGE + 1)
    found = list(db.session.scalars(rows if before is None else rows.where(Export.id < before)))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def find_export(number: int, member: StaffMember) -> Export:
    """Return an export of this person's, or any for an owner; NoSuchExport otherwise."""
    export = db.session.get(Export, number)
    if export is None or (member.role != OWNER and export.asked_by != member.id):
        raise NoSuchExport(str(number))
    return export


def fetch(number: int, member: StaffMember) -> tuple[Export, Path]:
    """Return a file that is there and whose time is not over, and write down who took it; NoSuchExport otherwise."""
    export = find_export(number, member)
    path = path_of(export)
    if export.status != "ready" or export.expires_at is None or export.expires_at <= clock.now() or not path.is_file():
        raise NoSuchExport(str(number))
    with transaction() as session:
        mine = session.get_one(Export, number)
        mine.downloads += 1
        note(session, member.id, "backers.export_fetched", mine)
    return export, path


def path_of(export: Export) -> Path:
    """Return where an export's file lies."""
    return folder() / export.file


def told_path(path: Path) -> Path:
    """Return where it stands what a file's encoding could not say."""
    return path.with_name(f"{path.name}.replaced.csv")


def folder() -> Path:
    """Return where files wait to be fetched."""
    return pictures.store().private_folder(FOLDER)


def left_out() -> frozenset[str]:
    """Return the columns that this site's exports leave out."""
    row = db.session.get(ExportColumns, 1)
    return frozenset(row.left_out if row else ()) & frozenset(HEADER)


def choose_columns(kept: list[str], staff_id: int) -> None:
    """Let the site's exports hold these columns and no others; the first, by which a row is known, always stays."""
    gone = [name for name in HEADER[1:] if name not in kept]
    with transaction() as session:
        insert_once(session, ExportColumns, id=1, left_out=[])
        session.get_one(ExportColumns, 1, with_for_update=True).left_out = gone
        audit.record(session, staff_id, "backers.columns_chosen", "export_columns", 1, count=len(HEADER) - len(gone))
