"""What a pledge is found by, kept beside it: folded once, when it is written, and searched without its wide row.

A new pledge is taken in by `keep_index`, which the worker and the list call; what is changed later is
taken in within the same transaction. Whoever changes or erases pledges by a statement of their own calls `forget`.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, event, func, inspect, select, update
from sqlalchemy.orm import Mapper, Session

from fundsite import text
from fundsite.db import db, inserting, transaction
from fundsite.fulfilment.backer_models import BackerIndex
from fundsite.pledges.models import Pledge

ADDRESS = ("postal_code", "region", "city", "line1", "line2")
SOURCES = ("name", "kana", "email", "phone", *ADDRESS, "display_name", "memo")
PIECE = 2_000
KEY_LETTERS = 32


def entry_of(pledge: Any) -> dict[str, Any]:
    """Return what is kept of a pledge, or of a row that has its columns."""
    said = {name: text.folded(getattr(pledge, name)) for name in SOURCES}
    where = "".join(said[name] for name in ADDRESS)
    place = sha256(f"{said['name']}\n{where}".encode()).hexdigest()[:KEY_LETTERS]
    return {
        "said": "\n".join([text.folded(pledge.reference), *filter(None, said.values())]),
        "email": pledge.email.lower(),
        "place": place if said["name"] and said["line1"] else "",
    }


def keep_index() -> None:
    """Take in every pledge that is not there yet. Safe to run twice at once."""
    while _take_in(_MISSING) == PIECE:
        pass


def keep_newest() -> None:
    """Take in the newest pledges, some at most: as a page does before it searches; where there are none, only read."""
    newest = db.session.scalar(select(func.max(BackerIndex.pledge_id))) or 0
    recent = _MISSING & (Pledge.id > newest - PIECE)  # those with lower numbers may have been committed later
    if db.session.scalar(select(Pledge.id).where(recent).limit(1)) is not None:
        _take_in(recent)


_MISSING = ~select(BackerIndex.pledge_id).where(BackerIndex.pledge_id == Pledge.id).correlate(Pledge).exists()


def _take_in(which: ColumnElement[bool]) -> int:
    """Take in some; one that is being changed at this moment is left for the next time."""
    columns = [getattr(Pledge, name) for name in ("id", "reference", *SOURCES)]
    rest = select(*columns).where(which).order_by(Pledge.id).limit(PIECE)
    with transaction() as session:
        rows = session.execute(rest.with_for_update(skip_locked=True, read=True)).all()
        if rows:
            values = [{"pledge_id": row.id, **entry_of(row)} for row in rows]
            session.execute(inserting(session, BackerIndex).on_conflict_do_nothing(), values)
    return len(rows)


def forget(session: Session, pledge_ids: Sequence[int]) -> None:
    """Throw entries away, within the transaction that erases what they were made of; they are made again."""
    session.execute(delete(BackerIndex).where(BackerIndex.pledge_id.in_(pledge_ids)))


@event.listens_for(Pledge, "after_update")
def _follow(_mapper: Mapper[Pledge], connection: Connection, pledge: Pledge) -> None:
    changes = inspect(pledge).attrs
    if any(changes[name].history.has_changes() for name in SOURCES):
        mine = BackerIndex.pledge_id == pledge.id
        connection.execute(update(BackerIndex).where(mine).values(**entry_of(pledge)))
