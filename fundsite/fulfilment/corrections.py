"""A batch's things as they go out: read for pages and files, and corrected by staff for one parcel alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import audit
from fundsite.db import JsonObject, db, transaction
from fundsite.fulfilment.batches import held_item, members
from fundsite.fulfilment.errors import AddressChanged, NoSuchBatch, WrongStep
from fundsite.fulfilment.models import LOCKED, Batch, BatchItem, Obligation
from fundsite.fulfilment.recipients import FIELDS, corrected, correction_of, recipient_of, version_of
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward


@dataclass(frozen=True)
class Parcel:
    """One thing of a batch: `said` is what the supporter said (or the lock kept), `to` what staff made of it."""

    item_id: int
    position: int
    status: str
    said: JsonObject
    to: JsonObject

    @property
    def is_corrected(self) -> bool:
        """Whether staff changed anything for this parcel."""
        return self.said != self.to

    @property
    def version(self) -> str:
        """Mark what was said, so that a form can tell whether it has changed since."""
        return version_of(self.said)


def find_batch(batch_id: int) -> Batch:
    """Return a batch; NoSuchBatch otherwise."""
    batch = db.session.get(Batch, batch_id)
    if batch is None:
        raise NoSuchBatch(str(batch_id))
    return batch


def parcels_of(batch: Batch) -> list[Parcel]:
    """Return what a batch holds, in its order: from a locked one what was kept, and else as it stands now."""
    rows = db.session.execute(members(batch.id)).all()
    if batch.status in LOCKED:
        rows = sorted(rows, key=lambda row: row[0].position or 0)
    return [_parcel(batch, number, *row) for number, row in enumerate(rows, 1)]


def find_parcel(batch: Batch, item_id: int) -> Parcel:
    """Return one of a batch's things; NoSuchBatch where it is not in there (any more)."""
    wanted = members(batch.id).where(BatchItem.id == item_id)
    row = db.session.execute(wanted).one_or_none()
    if row is None:
        raise NoSuchBatch(str(item_id))
    return _parcel(batch, 0, *row)


def _parcel(
    batch: Batch, number: int, item: BatchItem, obligation: Obligation, pledge: Pledge, reward: Reward
) -> Parcel:
    said = _said(batch, item, obligation, pledge, reward)
    status = obligation.status if obligation.batch_id == batch.id else "returned"
    return Parcel(item.id, item.position or number, status, said, corrected(said, item.correction))


def _said(batch: Batch, item: BatchItem, obligation: Obligation, pledge: Pledge, reward: Reward) -> JsonObject:
    if batch.status in LOCKED:
        return item.recipient or {}
    return recipient_of(pledge, reward, obligation)


def correct(batch_id: int, item_id: int, version: str, wanted: Mapping[str, str], by: int | None) -> None:
    """Let one parcel go to `wanted`; the supporter's own data stay. Correcting it back takes the correction away.

    Raises AddressChanged if what was said is no longer what `version` marks, WrongStep once the batch is done, and
    NoSuchBatch.
    """
    with transaction() as session:
        batch, item, said = _for_correction(session, batch_id, item_id)
        if version_of(said) != version:
            raise AddressChanged(str(item_id))
        _keep(session, batch, item, said, wanted, by)


def correct_many(batch_id: int, wanted: Mapping[int, Mapping[str, str]], by: int | None) -> int:
    """Correct some fields of many parcels at once, such as letters that no carrier can print; returns how many."""
    with transaction() as session:
        for item_id, fields in sorted(wanted.items()):
            batch, item, said = _for_correction(session, batch_id, item_id)
            _keep(session, batch, item, said, {**corrected(said, item.correction), **fields}, by)
    return len(wanted)


def _for_correction(session: Session, batch_id: int, item_id: int) -> tuple[Batch, BatchItem, JsonObject]:
    batch = session.scalar(select(Batch).where(Batch.id == batch_id).with_for_update())
    if batch is None:
        raise NoSuchBatch(str(batch_id))
    if batch.status == "done":
        raise WrongStep(batch.title)
    item, obligation = held_item(session, batch_id, item_id)
    pledge = session.get_one(Pledge, obligation.pledge_id)
    return batch, item, _said(batch, item, obligation, pledge, session.get_one(Reward, obligation.reward_id))


def _keep(
    session: Session, batch: Batch, item: BatchItem, said: JsonObject, wanted: Mapping[str, str], by: int | None
) -> None:
    item.correction = correction_of(said, {name: wanted[name] for name in FIELDS})
    changed = sorted(item.correction["to"]) if item.correction else []
    audit.record(session, by, "batch.correct", "batch", batch.id, item=item.id, fields=changed)
