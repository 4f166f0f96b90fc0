"""Reading the audit log: newest first, by person, act and object, a page at a time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from fundsite.audit import AuditEntry
from fundsite.db import db
from fundsite.staff.models import Staff

PAGE = 50


@dataclass(frozen=True)
class Wanted:
    """What is looked for: empty means any. `before` is the last entry that was seen."""

    staff_id: int | None = None
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    before: int | None = None


@dataclass(frozen=True)
class Act:
    """An entry with the name of who did it."""

    id: int
    at: datetime
    name: str
    action: str
    object_type: str
    object_id: str
    detail: dict[str, object]


@dataclass(frozen=True)
class LogPage:
    """A page of the log, and the key of the next one."""

    acts: list[Act]
    next_before: int | None


def log_page(wanted: Wanted) -> LogPage:
    """Return the newest acts that are looked for, older than the key `before`."""
    query = select(AuditEntry, Staff.name, Staff.email).outerjoin(Staff, Staff.id == AuditEntry.staff_id)
    exact = {
        AuditEntry.staff_id: wanted.staff_id,
        AuditEntry.action: wanted.action,
        AuditEntry.object_type: wanted.object_type,
        AuditEntry.object_id: wanted.object_id,
    }
    query = query.where(*(column == value for column, value in exact.items() if value not in (None, "")))
    if wanted.before is not None:
        query = query.where(AuditEntry.id < wanted.before)
    rows = db.session.execute(query.order_by(AuditEntry.id.desc()).limit(PAGE + 1)).all()
    acts = [
        Act(one.id, one.at, name or email or "", one.action, one.object_type, one.object_id, one.detail)
        for one, name, email in rows[:PAGE]
    ]
    return LogPage(acts, acts[-1].id if len(rows) > PAGE else None)


def known_actions() -> list[str]:
    """Return every kind of act that was ever written down."""
    return list(db.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def known_objects() -> list[str]:
    """Return every kind of object that was ever acted on."""
    return list(db.session.scalars(select(AuditEntry.object_type).distinct().order_by(AuditEntry.object_type)))
