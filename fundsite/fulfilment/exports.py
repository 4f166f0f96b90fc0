"""Exports that staff ask for: a row says who, what and why; a worker writes the file; it goes when its time is over."""

from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.db import transaction
from fundsite.fulfilment.backer_filter import Wanted
from fundsite.fulfilment.backer_models import Export
from fundsite.fulfilment.export import Written


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
        _noted(session, None, "backers.exported", export)


def _noted(session: Session, staff_id: int | None, action: str, export: Export) -> None:
    audit.record(session, staff_id, action, "export", export.id, count=export.count or 0, format=export.format)
