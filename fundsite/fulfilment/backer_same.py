"""Which pledges are of one supporter: what looks alike is shown, staff say whether it is, and can take it back.

It is noted in a table of its own. No money, no address and no mail changes by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.campaigns.models import Campaign
from fundsite.db import db, insert_once, transaction
from fundsite.fulfilment.backer_filter import BACKERS
from fundsite.fulfilment.backer_models import BackerIndex, NotSameBacker, SameBacker
from fundsite.pledges.models import Pledge

EMAIL, PLACE = "email", "place"
KEYS = {EMAIL: BackerIndex.email, PLACE: BackerIndex.place}
MOST_SHOWN = 50


@dataclass(frozen=True)
class Alike:
    """A pledge beside others that may be, or are, of the same supporter."""

    id: int
    reference: str
    name: str
    email: str
    address: str
    campaign: str
    group: int | None


@dataclass(frozen=True)
class Likeness:
    """Pledges with the same e-mail address, or the same name and address."""

    kind: str
    key: str
    pledges: Sequence[Alike]


def likenesses(kind: str) -> list[Likeness]:
    """Return the first likenesses that staff have not decided on: neither noted as one person nor as several."""
    column = KEYS[kind]
    decided = set(db.session.scalars(select(NotSameBacker.key).where(NotSameBacker.kind == kind)))
    person = func.coalesce(SameBacker.group_id, -BackerIndex.pledge_id)
    groups = (
        select(column)
        .join(Pledge, Pledge.id == BackerIndex.pledge_id)
        .outerjoin(SameBacker, SameBacker.pledge_id == BackerIndex.pledge_id)
        .where(column != "", Pledge.status.in_(BACKERS))
        .group_by(column)
        .having(func.count(person.distinct()) > 1)
        .order_by(func.max(BackerIndex.pledge_id).desc())
        .limit(MOST_SHOWN + len(decided))
    )
    values = [value for value in db.session.scalars(groups) if _key(value) not in decided][:MOST_SHOWN]
    found: dict[str, list[Alike]] = {value: [] for value in values}
    for value, row in _with_key(column, column.in_(values)):
        found[value].append(row)
    return [Likeness(kind, _key(value), rows) for value, rows in found.items()]


def _key(value: str) -> str:
    return sha256(value.encode()).hexdigest()


def _pledges(*columns: Any) -> Select[Any]:
    address = Pledge.postal_code + " " + Pledge.region + Pledge.city + Pledge.line1 + " " + Pledge.line2
    shown = (Pledge.id, Pledge.reference, Pledge.name, Pledge.email, address, Campaign.title, SameBacker.group_id)
    return (
        select(*columns, *shown)
        .select_from(Pledge)
        .join(Campaign, Campaign.id == Pledge.campaign_id)
        .join(BackerIndex, BackerIndex.pledge_id == Pledge.id)
        .outerjoin(SameBacker, SameBacker.pledge_id == Pledge.id)
        .where(Pledge.status.in_(BACKERS))
        .order_by(Pledge.id)
    )


def _with_key(column: Any, which: ColumnElement[bool]) -> Iterable[tuple[str, Alike]]:
    for row in db.session.execute(_pledges(column).where(which)):
        yield row[0], Alike(*row[1:])


def alike_to(pledge_id: int) -> list[Alike]:
    """Return the pledges that look like this one and are not noted as the same supporter's."""
    mine = db.session.get(BackerIndex, pledge_id)
    if mine is None:
        return []
    known = {one.id for one in same_as(pledge_id)} | {pledge_id}
    same = [column == value for column, value in ((KEYS[EMAIL], mine.email), (KEYS[PLACE], mine.place)) if value]
    rows = db.session.execute(_pledges().where(or_(*same)).limit(MOST_SHOWN)) if same else ()
    return [Alike(*row) for row in rows if row.id not in known]


def same_as(pledge_id: int) -> list[Alike]:
    """Return the other pledges that staff noted as the same supporter's."""
    group = select(SameBacker.group_id).where(SameBacker.pledge_id == pledge_id).scalar_subquery()
    rows = db.session.execute(_pledges().where(SameBacker.group_id == group, Pledge.id != pledge_id))
    return [Alike(*row) for row in rows]


def note_same(references: Iterable[str], staff_id: int) -> int:
    """Note pledges as one supporter's, those included that were noted with them before; return how many there are.

    Fewer than two pledges change nothing. The pledges are locked in order, so that two at once end in one group.
    """
    with transaction() as session:
        rows = select(Pledge.id).where(Pledge.reference.in_(set(references))).order_by(Pledge.id).with_for_update()
        ids = set(session.scalars(rows))
        if len(ids) < 2:  # noqa: PLR2004 - one alone is the same as itself
            return 0
        groups = set(session.scalars(select(SameBacker.group_id).where(SameBacker.pledge_id.in_(ids))))
        ids |= set(session.scalars(select(SameBacker.pledge_id).where(SameBacker.group_id.in_(groups))))
        first = min(ids)
        session.execute(update(SameBacker).where(SameBacker.group_id.in_(groups)).values(group_id=first))
        for number in sorted(ids):
            insert_once(session, SameBacker, pledge_id=number, group_id=first, noted_by=staff_id, noted_at=clock.now())
        audit.record(session, staff_id, "backers.noted_same", "pledge", first, count=len(ids))
    return len(ids)


def note_apart(reference: str, staff_id: int) -> None:
    """Take a pledge out of its group again; what is left of it stays one supporter's, if it is more than one."""
    with transaction() as session:
        row = session.execute(
            select(SameBacker.pledge_id, SameBacker.group_id)
            .join(Pledge, Pledge.id == SameBacker.pledge_id)
            .where(Pledge.reference == reference)
        ).one_or_none()
        if row is None:
            return
        session.execute(delete(SameBacker).where(SameBacker.pledge_id == row.pledge_id))
        _renumbered(session, row.group_id)
        audit.record(session, staff_id, "backers.noted_apart", "pledge", row.pledge_id)


def _renumbered(session: Session, group: int) -> None:
    """Let a group bear its first pledge's number again, so that who left it can found another."""
    rest = session.scalars(select(SameBacker.pledge_id).where(SameBacker.group_id == group)).all()
    if len(rest) > 1:
        session.execute(update(SameBacker).where(SameBacker.group_id == group).values(group_id=min(rest)))
    else:
        session.execute(delete(SameBacker).where(SameBacker.group_id == group))


def note_different(kind: str, key: str, staff_id: int) -> None:
    """Note that a likeness is of different people: it is not shown again."""
    if kind in KEYS:
        with transaction() as session:
            insert_once(session, NotSameBacker, kind=kind, key=key, noted_by=staff_id, noted_at=clock.now())
            audit.record(session, staff_id, "backers.noted_different", "backers", kind)
