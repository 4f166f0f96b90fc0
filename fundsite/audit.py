"""The audit log: who of staff did what, when, to which object. Rows are only ever added."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from fundsite import clock
from fundsite.db import Base, JsonObject


class AuditEntry(Base):
    """One act. `detail` holds names of fields and counts, never personal data."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_object", "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    detail: Mapped[JsonObject] = mapped_column(default=dict)


def record(
    session: Session, staff_id: int | None, action: str, object_type: str, object_id: object, **detail: object
) -> AuditEntry:
    """Write an act down within the transaction that does it; returns the row."""
    entry = AuditEntry(
        at=clock.now(),
        staff_id=staff_id,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        detail=detail,
    )
    session.add(entry)
    return entry
