"""Where the thing stands that a supporter is to get, in their own words."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import select

from fundsite.db import db
from fundsite.fulfilment.models import Batch, Obligation, Shipment

# By what a shipment calls its carrier: who that is, and where a number can be followed.
YAMATO = ("ヤマト運輸", "https://member.kms.kuronekoyamato.co.jp/parcel/detail?pno={number}")
POST = (
    "日本郵便",
    "https://trackings.post.japanpost.jp/services/srv/search/direct?reqCodeNo1={number}&searchKind=S002",
)
CARRIERS = {"yamato": YAMATO, "japanpost": POST, "mail": ("", ""), "other": ("", "")}


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
        return _shipped(last, by_mail=by_mail)
    if batch is not None and batch.status in {"locked", "done"}:
        return Parcel("preparing", by_mail=by_mail)
    until = batch.corrections_until if batch is not None and batch.status == "announced" else None
    if last and last.returned_at:
        return Parcel("returned", until)
    return Parcel("announced" if until else "owed", until, by_mail=by_mail)


def _shipped(last: Shipment | None, *, by_mail: bool) -> Parcel:
    if last is None:
        return Parcel("shipped", by_mail=by_mail)
    name, address = CARRIERS.get(last.carrier, (last.carrier, ""))
    url = address.format(number=quote(last.tracking_number)) if address and last.tracking_number else ""
    return Parcel("shipped", None, last.shipped_at, name, last.tracking_number, url, by_mail)
