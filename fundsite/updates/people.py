"""Names of colleagues beside what they wrote. The accounts themselves belong to a package above this one."""

from collections.abc import Iterable

from sqlalchemy import column, select, table

from fundsite.db import db

_STAFF = table("staff", column("id"), column("name"), column("email"))


def names_of(staff_ids: Iterable[int | None]) -> dict[int | None, str]:
    """Return what colleagues call each of these people; who has left no account is not in it."""
    wanted = {number for number in staff_ids if number}
    rows = db.session.execute(select(_STAFF).where(_STAFF.c.id.in_(wanted)))
    return {row.id: row.name or row.email for row in rows}
