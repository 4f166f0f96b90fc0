"""A batch's carrier file, and the same for everything that a campaign owes now."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from fundsite import audit, clock
from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.fulfilment.carriers import CarrierFile, Consignment, carrier_file
from fundsite.fulfilment.characters import suggested, unsayable
from fundsite.fulfilment.corrections import find_batch, parcels_of
from fundsite.fulfilment.errors import NotReady
from fundsite.fulfilment.layout import layout_of
from fundsite.fulfilment.models import Batch, Obligation
from fundsite.fulfilment.obligations import keep_obligations
from fundsite.fulfilment.preflight import consignment_of, may_make_files, preflight
from fundsite.fulfilment.recipients import FIELDS, recipient_of
from fundsite.fulfilment.sender import last_sender
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward
from fundsite.settings import current_settings


def batch_file(batch_id: int, by: int | None) -> CarrierFile:
    """Return a locked batch's file, and note in the audit log that it was taken. The same batch gives the same bytes.

    Raises NotReady where the batch is not locked or something in it must be put right first, and NoSuchBatch.
    """
    batch = find_batch(batch_id)
    if not may_make_files(batch, preflight(batch)):
        raise NotReady(batch.title)
    parcels = parcels_of(batch)
    made = carrier_file(consignment_of(batch, parcels))
    with transaction() as session:
        audit.record(session, by, "batch.file", "batch", batch_id, format=batch.kind, items=len(parcels))
    return made


def owed_file(carrier: str, campaign: Campaign, codes: Sequence[str], by: int | None = None) -> CarrierFile:
    """Return a carrier's file of all things that a campaign owes now, in a batch or not, in the order of its rewards.

    Suggestions are taken for letters that the carrier cannot print, and each of these is listed; what has no
    suggestion is a 〓 in the file.
    """
    keep_obligations()
    parcels = list(enumerate(_owed(campaign.id, codes), 1))
    latest = select(Batch).where(Batch.campaign_id == campaign.id, Batch.kind == carrier).order_by(Batch.id.desc())
    batch = db.session.scalar(latest.limit(1))
    today = clock.local_day(clock.now(), current_settings().timezone)
    sender = batch.sender if batch else last_sender(campaign.id, carrier)
    encoding = layout_of(carrier).encoding
    ready = [(position, {**said, **_suggested(said, encoding)}) for position, said in parcels]
    contents = batch.contents if batch else campaign.title
    made = carrier_file(Consignment(carrier, ready, contents, today, sender))
    unsaid = tuple(
        (str(said["reference"]), name, "".join(unsayable(str(said[name]), encoding)))
        for _position, said in parcels
        for name in FIELDS
        if unsayable(str(said[name]), encoding)
    )
    with transaction() as session:
        detail = {"format": carrier, "items": len(parcels), "rewards": list(codes)}
        audit.record(session, by, "export.carrier", "campaign", campaign.id, **detail)
    return replace(made, unsaid=unsaid)


def _owed(campaign_id: int, codes: Sequence[str]) -> list[dict[str, object]]:
    rows = (
        select(Pledge, Reward, Obligation)
        .join(Obligation, Obligation.pledge_id == Pledge.id)
        .join(Reward, Reward.id == Obligation.reward_id)
        .where(Reward.campaign_id == campaign_id, Reward.shipping != "none", Obligation.status == "owed")
        .order_by(Reward.position, Obligation.id)
    )
    if codes:
        rows = rows.where(Reward.code.in_(codes))
    return [recipient_of(*row) for row in db.session.execute(rows)]


def _suggested(said: dict[str, object], encoding: str) -> dict[str, str]:
    return {name: suggested(str(said[name]), encoding) for name in FIELDS}
