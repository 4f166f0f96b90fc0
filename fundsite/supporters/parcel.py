"""Where the thing stands that a supporter is to get, in their own words."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from fundsite.db import db
from fundsite.fulfilment.couriers import couriers, tracking_url
from fundsite.fulfilment.models import Batch, Obligation, Shipment
from fundsite.fulfilment.reward_mail import file_for
from fundsite.fulfilment.words import courier_label
from fundsite.i18n import current_locale


@dataclass(frozen=True)
class Parcel:
    """How the delivery stands: owed, announced, preparing, shipped or returned; `until` is when corrections end."""

    status: str
    until: datetime | None = None
    shipped_at: datetime | None = None
    carrier: str = ""
    number: str = ""
    url: str = ""
    by_mail: bool = False
    file_of: int | None = None  # the batch whose file is the thing

    @property
    def is_fixed(self) -> bool:
        """Whether the address stays as it is."""
        return self.status in {"preparing", "shipped"}


def parcel_of(pledge_id: int) -> Parcel | None:
    """Return how the delivery of a pledge stands; None where nothing is owed for it."""
    row = db.session.execute(
        select(Obligation, Batch)
        .outerjoin(Batch, Batch.id == Obligation.batch_id)
        .where(Obligation.pledge_id == pledge_id, Obligation.status != "void")
    ).one_or_none()
    if row is None:
        return None
    owed, batch = row
    last = db.session.scalars(
        select(Shipment)
        .where(Shipment.obligation_id == owed.id, Shipment.undone_at.is_(None))
        .order_by(Shipment.id.desc())
        .limit(1)
    ).one_or_none()
    return _parcel(owed, batch, last)


def _parcel(owed: Obligation, batch: Batch | None, last: Shipment | None) -> Parcel:
    by_mail = batch is not None and batch.kind == "mail"
    if owed.status == "shipped" or (last and last.returned_at is None):
        return _shipped(owed.pledge_id, last, by_mail=by_mail)
    if batch is not None and batch.status in {"locked", "done"}:
        return Parcel("preparing", by_mail=by_mail)
    until = batch.corrections_until if batch is not None and batch.status == "announced" else None
    if last and last.returned_at:
        return Parcel("returned", until)
    return Parcel("announced" if until else "owed", until, by_mail=by_mail)


def _shipped(pledge_id: int, last: Shipment | None, *, by_mail: bool) -> Parcel:
    if last is None:
        return Parcel("shipped", by_mail=by_mail)
    known = last.carrier in couriers() and last.carrier != "other"
    return Parcel(
        "shipped",
        shipped_at=last.shipped_at,
        carrier=courier_label(last.carrier) if known else "",
        number=last.tracking_number,
        url=tracking_url(last.carrier, last.tracking_number, current_locale()),
        by_mail=by_mail,
        file_of=last.batch_id if by_mail and last.batch_id and file_for(pledge_id, last.batch_id) else None,
    )
