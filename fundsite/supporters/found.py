"""Finding a pledge as staff name it, and what its supporter changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from fundsite.db import db
from fundsite.pledges.change_models import PledgeChange
from fundsite.pledges.models import Pledge
from fundsite.supporters.words import field_label


@dataclass(frozen=True)
class Change:
    """When a supporter changed something, and which fields."""

    at: datetime
    fields: str


def find_by_reference(typed: str) -> Pledge | None:
    """Return the pledge of a reference, also in small letters or without its hyphen."""
    bare = typed.upper().replace("-", "").replace(" ", "")
    names = {typed, f"{bare[:4]}-{bare[4:]}"}
    return db.session.scalars(select(Pledge).where(Pledge.reference.in_(names)).limit(1)).one_or_none()


def changes_of(pledge_id: int) -> Sequence[Change]:
    """Return what a supporter changed by themselves, the newest first."""
    mine = select(PledgeChange).where(PledgeChange.pledge_id == pledge_id).order_by(PledgeChange.id.desc())
    return [Change(row.at, "、".join(map(field_label, row.fields))) for row in db.session.scalars(mine)]
