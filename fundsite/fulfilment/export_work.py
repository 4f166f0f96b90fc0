"""The worker's part of exports: a file is written by whoever holds its lease, again from the start if that one died."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import structlog
from sqlalchemy import or_, select, update

from fundsite import clock, holder
from fundsite.csv_file import csv_lines
from fundsite.db import db, release, transaction
from fundsite.fulfilment.backer_filter import Wanted, wanted_of
from fundsite.fulfilment.backer_index import keep_index
from fundsite.fulfilment.backer_models import Export
from fundsite.fulfilment.export import FORMATS, Progress, Written, export_to, replacing
from fundsite.fulfilment.exports import BOX, KEPT, MASK, folder, note, path_of, told_path
from fundsite.fulfilment.obligations import keep_obligations
from fundsite.sealed import unboxed

log = structlog.get_logger()

LEASE = timedelta(minutes=5)
MOST_TRIES = 3
SAY_SECONDS = 3.0  # how often a running export says how far it is
TOLD = ("受付番号", "列", "文字")


class LeaseLost(Exception):
    """Another worker has taken this export over; what was written so far is thrown away."""


def make_exports() -> None:
    """Write every file that is asked for, and take away what is over."""
    remove_expired()
    while _is_asked_for() and (export := _leased()) is not None:
        _made(export)


def _is_asked_for() -> bool:
    """Whether any file is: an idle worker holds up nobody who writes."""
    found = db.session.scalar(select(Export.id).where(Export.status == "waiting").limit(1))
    release()
    return found is not None


def _leased() -> Export | None:
    """Take the oldest that nobody holds, or whose holder is dead; one that failed too often is given up."""
    now, me = clock.now(), holder.me()
    waiting = Export.status == "waiting"
    with transaction() as session:
        held = session.scalars(select(Export.lease_holder).where(waiting, Export.lease_holder.is_not(None)))
        dead = [name for name in held if name and (name == me or holder.is_dead(name))]
        free = or_(Export.lease_until.is_(None), Export.lease_until <= now, Export.lease_holder.in_(dead))
        rows = select(Export).where(waiting, free).order_by(Export.id).limit(1).with_for_update(skip_locked=True)
        export = session.scalar(rows)
        if export is None:
            return None
        export.tries += 1
        export.lease_holder, export.lease_until, export.done = me, now + LEASE, 0
        if export.tries > MOST_TRIES:
            export.status, export.password, export.lease_holder = "failed", "", None
    return export


def _made(export: Export) -> None:
    """Write one file. An error leaves it for another try."""
    if export.status != "waiting":
        return
    release()
    made = FORMATS[export.format]
    name = f"{export.id}-{token_hex(8)}.{'zip' if export.has_password else made.ending}"
    path, wanted = folder() / name, wanted_of(export.wanted)
    try:
        keep_index()
        keep_obligations()
        written = export_to(
            path,
            wanted,
            export.format,
            export.encoding or None,
            left_out=frozenset(export.left_out),
            password=unboxed(BOX, export.password) if export.has_password else "",
            progress=_progress(export.id),
        )
        _tell(path, written)
        _ready(export.id, path, wanted, written)
    except LeaseLost:
        _thrown_away(path)
    except Exception as error:
        _thrown_away(path)
        log.exception("export_failed", export=export.id, kind=type(error).__name__)


def _progress(number: int) -> Progress:
    said = time.monotonic()

    def say(done: int, of: int) -> None:
        nonlocal said
        if time.monotonic() - said >= SAY_SECONDS:
            said = time.monotonic()
            with transaction() as session:
                values = {"done": done, "count": of, "lease_until": clock.now() + LEASE}
                mine = Export.id == number, Export.lease_holder == holder.me()
                if session.execute(update(Export).where(*mine).values(**values).returning(Export.id)).first() is None:
                    raise LeaseLost(number)

    return say


def _tell(path: Path, written: Written) -> None:
    if written.replaced:
        rows = ((one.row, one.column, one.letters) for one in written.replaced)
        with replacing(told_path(path)) as out:
            out.writelines(csv_lines(TOLD, rows))


def _ready(number: int, path: Path, wanted: Wanted, written: Written) -> None:
    now = clock.now()
    with transaction() as session:
        export = session.scalar(
            select(Export).where(Export.id == number, Export.lease_holder == holder.me()).with_for_update()
        )
        if export is None:
            raise LeaseLost(number)
        export.status, export.file, export.size = "ready", path.name, path.stat().st_size
        export.count = export.done = written.count
        export.replaced, export.password = written.replaced_count, ""
        export.ready_at, export.expires_at = now, now + KEPT
        export.lease_holder = export.lease_until = None
        said = replace(wanted, text=wanted.text and MASK, answer=wanted.answer and MASK)
        export.wanted = said.as_json()
        note(session, export.asked_by, "backers.exported", export)


def _thrown_away(path: Path) -> None:
    for file in (path, told_path(path)):
        file.unlink(missing_ok=True)


def remove_expired() -> None:
    """Take away files whose time is over, and what a killed worker left; a file goes before its row says so."""
    over = select(Export).where(Export.status == "ready", Export.expires_at <= clock.now())
    for export in db.session.scalars(over).all():
        _thrown_away(path_of(export))
        with transaction() as session:
            session.execute(update(Export).where(Export.id == export.id).values(status="removed", file=""))
    kept = set(db.session.scalars(select(Export.file).where(Export.status == "ready")))
    release()
    before = time.time() - 2 * LEASE.total_seconds()
    for file in folder().iterdir():
        if file.name.removesuffix(".replaced.csv") not in kept and file.stat().st_mtime < before:
            file.unlink(missing_ok=True)
