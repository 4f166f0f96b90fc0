"""Recounting the shipping room: what is owed, in which batch it is, and what went out."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from fundsite.db import db
from fundsite.fulfilment.models import LOCKED, Batch, BatchItem, Obligation, Shipment
from fundsite.fulfilment.obligations import GONE, HERE, UNLOCKED, keep_obligations
from fundsite.pledges.models import Pledge


def shipping_differences() -> list[str]:
    """Return each difference in one line, once what is owed is written down; empty: the shipping room is right."""
    keep_obligations()
    return [line for lines in (_owed(), _batched(), _listed(), _kept(), _shipped()) for line in lines]


def _owed() -> Iterator[str]:
    """Every pledge with a reward whose money is here is owed it, just so many pieces of it, and nobody else is."""
    pledged = Obligation.pledge_id == Pledge.id
    wrong = or_(
        and_(Obligation.id.is_(None), Pledge.status.in_(HERE), Pledge.reward_id.is_not(None)),
        and_(Obligation.status == "owed", Pledge.status.in_(GONE)),
        and_(Obligation.status == "void", Pledge.status.in_(HERE)),
        Obligation.reward_id != Pledge.reward_id,
        Obligation.quantity != Pledge.quantity,
    )
    rows = select(Pledge.reference, Pledge.status, Obligation.status).outerjoin(Obligation, pledged).where(wrong)
    for reference, status, owed in db.session.execute(rows):
        yield f"pledge {reference}: it is {status}, what is owed for it says {owed}"


def _batched() -> Iterator[str]:
    """What is in a batch stands in its list, and the batch is live."""
    item = and_(
        BatchItem.obligation_id == Obligation.id,
        BatchItem.batch_id == Obligation.batch_id,
        BatchItem.removed_at.is_(None),
    )
    rows = _named(Obligation.batch_id).join(Batch, Batch.id == Obligation.batch_id).outerjoin(BatchItem, item)
    for reference, batch in db.session.execute(rows.where(or_(BatchItem.id.is_(None), Batch.status == "dissolved"))):
        yield f"pledge {reference}: it says to be in batch {batch}, which has it not"


def _listed() -> Iterator[str]:
    """What an unlocked batch lists is in it."""
    rows = _named(BatchItem.batch_id).join(BatchItem, BatchItem.obligation_id == Obligation.id)
    rows = rows.join(Batch, Batch.id == BatchItem.batch_id).where(
        Batch.status.in_(UNLOCKED), BatchItem.removed_at.is_(None)
    )
    for reference, batch in db.session.execute(rows.where(Obligation.batch_id.is_distinct_from(BatchItem.batch_id))):
        yield f"pledge {reference}: batch {batch} lists it, but it is not in there"


def _kept() -> Iterator[str]:
    """A locked batch has kept for whom each of its things is, and in which order."""
    rows = _named(BatchItem.batch_id).join(BatchItem, BatchItem.obligation_id == Obligation.id)
    rows = rows.join(Batch, Batch.id == BatchItem.batch_id).where(
        Batch.status.in_(LOCKED), BatchItem.removed_at.is_(None)
    )
    for reference, batch in db.session.execute(rows.where(BatchItem.position.is_(None))):
        yield f"pledge {reference}: batch {batch} is locked, but has not kept its recipient"


def _shipped() -> Iterator[str]:
    """What is shipped went out once, and nothing else did."""
    live = and_(Shipment.obligation_id == Obligation.id, Shipment.undone_at.is_(None), Shipment.returned_at.is_(None))
    out = func.count(Shipment.id)
    rows = _named(out).outerjoin(Shipment, live).group_by(Obligation.id, Pledge.id)
    for reference, count in db.session.execute(rows.having(out != case((Obligation.status == "shipped", 1), else_=0))):
        yield f"pledge {reference}: {count} shipments are on their way or there, its status says otherwise"


def _named(*columns: Any) -> Any:
    return select(Pledge.reference, *columns).select_from(Obligation).join(Pledge, Pledge.id == Obligation.pledge_id)
