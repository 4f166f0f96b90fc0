"""What went out: recorded once for each thing owed, with the mail that says so, undone, or come back.

Each act locks the batch's row first, then its things. That a thing is out once says an index (`uq_shipment_live`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fundsite import audit, clock, mail
from fundsite.db import db, transaction
from fundsite.fulfilment.batches import held_batch
from fundsite.fulfilment.couriers import MAIL
from fundsite.fulfilment.errors import NotOwed
from fundsite.fulfilment.models import LOCKED, BatchItem, Obligation, Shipment
from fundsite.fulfilment.obligations import keep_obligations
from fundsite.pledges.models import Pledge

SHIPPED, RETURNED = "parcel_shipped", "parcel_returned"
LIVE = (Shipment.undone_at.is_(None), Shipment.returned_at.is_(None))


@dataclass(frozen=True)
class Thing:
    """A thing owed, locked, whom to tell of it, and the number that its parcel bears ("": none is known)."""

    obligation: Obligation
    email: str
    locale: str
    number: str = ""


@dataclass(frozen=True)
class Recording:
    """What was recorded as gone out by one act: `first` names it."""

    first: int
    recorded_at: datetime
    carrier: str
    count: int
    told: int  # how many have had the mail


def ship(session: Session, things: Iterable[Thing], carrier: str, by: int | None, event: str = SHIPPED) -> list[int]:
    """Record within the caller's transaction that things have gone out, and announce one mail about each.

    Leaves them `shipped`, and returns the numbers of the shipments. Raises NotOwed where one is not owed (any more).
    """
    now, sent, told = clock.now(), [], []
    for thing in things:
        if thing.obligation.status != "owed":
            raise NotOwed(str(thing.obligation.id))
        thing.obligation.status = "shipped"
        one = Shipment(obligation_id=thing.obligation.id, batch_id=thing.obligation.batch_id, carrier=carrier)
        one.tracking_number, one.recorded_by = thing.number, by
        one.shipped_at = one.recorded_at = now
        sent.append(one)
        told.append((thing.email, thing.locale))
    session.add_all(sent)
    session.flush()
    for one, (email, locale) in zip(sent, told, strict=True):
        if email:
            mail.announce(session, event, one.id, email, locale)
    return [one.id for one in sent]


def things(session: Session, *conditions: Any) -> list[Thing]:
    """Return the things that are meant, locked, with whom to tell of them."""
    rows = (
        select(Obligation, Pledge.email, Pledge.locale)
        .join(Pledge, Pledge.id == Obligation.pledge_id)
        .where(*conditions)
        .order_by(Obligation.id)
        .with_for_update(of=Obligation)
        .execution_options(populate_existing=True)
    )
    return [Thing(*row) for row in session.execute(rows)]


def ship_batch(batch_id: int, carrier: str, by: int | None) -> int:
    """Record that everything in a locked batch that has not gone out yet went out; returns how much that was.

    Of what goes by mail it is what nobody can be mailed. Raises WrongStep.
    """
    keep_obligations()
    with transaction() as session:
        batch = held_batch(session, batch_id, ("locked",))
        meant = [Obligation.batch_id == batch.id, Obligation.status == "owed"]
        if batch.kind == MAIL:
            meant.append(Pledge.email == "")
        waiting = things(session, *meant)
        ship(session, waiting, carrier, by)
        if waiting:
            audit.record(session, by, "batch.ship", "batch", batch.id, items=len(waiting), carrier=carrier)
        return len(waiting)


def undo(batch_id: int, first: int, by: int | None) -> int:
    """Take back everything of a locked batch that was recorded together with shipment `first`; returns how many.

    What came back since is left as it is. A mail that has not gone out is not sent. Raises WrongStep.
    """
    with transaction() as session:
        held_batch(session, batch_id, ("locked",))
        meant = select(Shipment.recorded_at).where(Shipment.id == first, Shipment.batch_id == batch_id)
        return _take_back(session, batch_id, by, Shipment.recorded_at == meant.scalar_subquery())


def undo_one(batch_id: int, shipment_id: int, by: int | None) -> int:
    """Take back one shipment of a locked batch; returns how many there were: twice, it is none. Raises WrongStep."""
    with transaction() as session:
        held_batch(session, batch_id, ("locked",))
        return _take_back(session, batch_id, by, Shipment.id == shipment_id)


def _take_back(session: Session, batch_id: int, by: int | None, *which: Any) -> int:
    rows = _live(batch_id).where(*which).order_by(Obligation.id).with_for_update(of=Obligation)
    found = session.execute(rows.execution_options(populate_existing=True)).all()
    for shipment, obligation in found:
        shipment.undone_at, obligation.status = clock.now(), "owed"
    if found:
        audit.record(session, by, "batch.unship", "batch", batch_id, items=len(found))
    return len(found)


def came_back(batch_id: int, shipment_id: int, by: int | None) -> bool:
    """Record that a parcel came back: the thing is owed again, in no batch, and its supporter is asked for the address.

    Whether it was on its way until now: twice, it is recorded once. Raises WrongStep.
    """
    with transaction() as session:
        held_batch(session, batch_id, LOCKED)
        rows = _live(batch_id).where(Shipment.id == shipment_id, Shipment.carrier != MAIL)
        rows = rows.with_for_update(of=Obligation).execution_options(populate_existing=True)
        found = session.execute(rows).one_or_none()
        if found is None:
            return False
        shipment, obligation = found
        shipment.returned_at = clock.now()
        obligation.status, obligation.batch_id = "owed", None
        pledge = session.get_one(Pledge, obligation.pledge_id)
        if pledge.email:
            mail.announce(session, RETURNED, shipment.id, pledge.email, pledge.locale)
        audit.record(session, by, "batch.returned", "batch", batch_id, shipment=shipment.id)
    return True


def _live(batch_id: int) -> Any:
    return (
        select(Shipment, Obligation)
        .join(Obligation, Obligation.id == Shipment.obligation_id)
        .where(Shipment.batch_id == batch_id, *LIVE)
    )


def recordings(batch_id: int) -> list[Recording]:
    """Return what was recorded together in a batch and is still out, the latest first."""
    told = select(mail.OutboxMail.id).where(
        mail.OutboxMail.kind == SHIPPED, mail.OutboxMail.about == Shipment.id, mail.OutboxMail.status == "sent"
    )
    rows = (
        select(
            func.min(Shipment.id),
            Shipment.recorded_at,
            func.min(Shipment.carrier),
            func.count(Shipment.id),
            func.count(Shipment.id).filter(told.exists()),
        )
        .where(Shipment.batch_id == batch_id, *LIVE)
        .group_by(Shipment.recorded_at)
        .order_by(Shipment.recorded_at.desc())
    )
    return [Recording(*row) for row in db.session.execute(rows)]


def shipments_of(batch_id: int) -> Sequence[tuple[BatchItem, Shipment]]:
    """Return what of a batch has gone out, what came back among it, in the batch's order."""
    rows = (
        select(BatchItem, Shipment)
        .join(Shipment, (Shipment.obligation_id == BatchItem.obligation_id) & (Shipment.batch_id == BatchItem.batch_id))
        .where(BatchItem.batch_id == batch_id, BatchItem.removed_at.is_(None), Shipment.undone_at.is_(None))
        .order_by(BatchItem.position, Shipment.id)
    )
    return [(item, shipment) for item, shipment in db.session.execute(rows)]
