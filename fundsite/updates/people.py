"""Colleagues as reports need them: names, and where mail reaches them. The accounts belong to a package above this."""

from collections.abc import Iterable

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from fundsite.access import EDITOR, OWNER
from fundsite.db import db

_STAFF = table("staff", column("id"), column("name"), column("email"), column("role"), column("disabled_at"))


def names_of(staff_ids: Iterable[int | None]) -> dict[int | None, str]:
    """Return what colleagues call each of these people; who has left no account is not in it."""
    wanted = {number for number in staff_ids if number}
    rows = db.session.execute(select(_STAFF).where(_STAFF.c.id.in_(wanted)))
    return {row.id: row.name or row.email for row in rows}


def addresses_of_writers(session: Session) -> list[str]:
    """Return the addresses of everybody who may write reports and whose account is open."""
    return addresses_of(session, OWNER, EDITOR)


def addresses_of(session: Session, *roles: str) -> list[str]:
    """Return the addresses of everybody in one of these roles whose account is open."""
    told = (_STAFF.c.role.in_(roles), _STAFF.c.disabled_at.is_(None))
    return list(session.scalars(select(_STAFF.c.email).where(*told).order_by(_STAFF.c.id)))
