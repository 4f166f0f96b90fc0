"""A locked batch's papers: labels, the list of what to take, slips. Who took which stands in the audit log."""

from collections.abc import Callable
from datetime import datetime

from fundsite import audit
from fundsite.db import release, transaction
from fundsite.fulfilment.corrections import Parcel, find_batch, parcels_of
from fundsite.fulfilment.couriers import MAIL
from fundsite.fulfilment.errors import NotReady
from fundsite.fulfilment.labels import labels_paper, sheets
from fundsite.fulfilment.models import LOCKED, Batch
from fundsite.fulfilment.packing import pick_paper, slips_paper
from fundsite.pdf import Paper

LABELS, PICK, SLIPS = "labels", "pick", "slips"


def labels(batch_id: int, up: int, start: int, by: int | None) -> bytes:
    """Return a batch's address labels; `start` is the first free label of the first sheet. NotReady before the lock."""
    if up not in sheets() or not 1 <= start <= sheets()[up].count:
        raise NotReady(str(batch_id))

    def made(batch: Batch, parcels: list[Parcel]) -> Paper:
        places = [(parcel.position, parcel.to) for parcel in parcels]
        return labels_paper(places, up, start, f"宛名ラベル {batch.id}", _locked_at(batch))

    return _paper(batch_id, made, LABELS, by)


def pick_list(batch_id: int, by: int | None) -> bytes:
    """Return the list of what to take for a batch; no name is on it. NotReady before the lock."""

    def made(batch: Batch, parcels: list[Parcel]) -> Paper:
        return pick_paper([parcel.to for parcel in parcels], f"ピッキングリスト {batch.id}", _locked_at(batch))

    return _paper(batch_id, made, PICK, by)


def slips(batch_id: int, by: int | None) -> bytes:
    """Return a slip for each parcel of a batch, with its name and no address. NotReady before the lock."""

    def made(batch: Batch, parcels: list[Parcel]) -> Paper:
        places = [(parcel.position, parcel.to) for parcel in parcels]
        return slips_paper(places, f"納品書 {batch.id}", _locked_at(batch))

    return _paper(batch_id, made, SLIPS, by)


def _paper(batch_id: int, made: Callable[[Batch, list[Parcel]], Paper], kind: str, by: int | None) -> bytes:
    batch = find_batch(batch_id)
    if batch.status not in LOCKED or batch.kind == MAIL:
        raise NotReady(batch.title)
    parcels = parcels_of(batch)
    release()
    content = made(batch, parcels).output()
    with transaction() as session:
        audit.record(session, by, "batch.paper", "batch", batch_id, format=kind, items=len(parcels))
    return content


def _locked_at(batch: Batch) -> datetime:
    return batch.locked_at or batch.created_at
