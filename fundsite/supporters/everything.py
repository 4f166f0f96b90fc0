"""Everything that is kept of one person under one pledge: to be shown to them when they ask (開示)."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Table, func, select
from sqlalchemy.orm import Session

from fundsite import audit
from fundsite.db import Base, transaction
from fundsite.fulfilment.models import Obligation
from fundsite.pledges import lifecycle

# What only makes the machine run, and what would open something.
LEFT_OUT = {"token_hash", "attempt", "lease_holder", "lease_until", "message_id", "next_look_at", "looks", "tries"}

Rows = dict[str, list[dict[str, Any]]]


def everything_about(pledge_id: int, staff_id: int, way: str) -> Rows:
    """Return every row that hangs on a pledge or bears its mail address, by table; that it was shown is written down.

    Tables are found by what they refer to, so that a new one is not forgotten.
    """
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        found = {"pledge": _rows(session, Base.metadata.tables["pledge"], "id", [pledge_id])}
        owed = list(session.scalars(select(Obligation.id).where(Obligation.pledge_id == pledge_id)))
        for table in Base.metadata.sorted_tables:
            for parent, numbers in (("pledge.id", [pledge_id]), ("obligation.id", owed)):
                for column in referring(table, parent):
                    found.setdefault(table.name, []).extend(_rows(session, table, column.name, numbers))
            for name in ("email", "recipient"):
                if (
                    table.name not in {"pledge", "batch_item", "receipt", "staff", "invitation"}
                    and name in table.columns
                ):
                    found.setdefault(table.name, []).extend(_by_address(session, table, name, pledge.email))
        audit.record(session, staff_id, "personal_data.shown", "pledge", pledge_id, way=way)
        return {name: rows for name, rows in found.items() if rows}


def referring(table: Table, parent: str) -> Iterable[Column[Any]]:
    """Yield the columns of a table that name a row of another one, such as `pledge.id`."""
    for column in table.columns:
        if any(isinstance(key, ForeignKey) and key.target_fullname == parent for key in column.foreign_keys):
            yield column


def _rows(session: Session, table: Table, column: str, numbers: list[int]) -> list[dict[str, Any]]:
    found = session.execute(select(table).where(table.columns[column].in_(numbers))).mappings()
    return [_said(row) for row in found]


def _by_address(session: Session, table: Table, column: str, email: str) -> list[dict[str, Any]]:
    if not email:
        return []
    found = session.execute(select(table).where(func.lower(table.columns[column]) == email.lower())).mappings()
    return [_said(row) for row in found]


def _said(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in LEFT_OUT}


def as_json(found: Rows) -> str:
    """Write what was found as a file that people and programs can read."""
    return json.dumps(found, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
