"""Who sends a parcel: what staff said for the last batch of this kind, or else what the site says of itself."""

import re
from datetime import date

from sqlalchemy import select

from fundsite import audit, text
from fundsite.db import JsonObject, db, transaction
from fundsite.fulfilment.errors import NoSuchBatch, WrongStep
from fundsite.fulfilment.models import Batch
from fundsite.site import current_site

_CODE = re.compile(r"〒?\s*([0-9０-９]{3}[-－ー‐]?[0-9０-９]{4})\s*")


def last_sender(campaign_id: int, kind: str) -> JsonObject:
    """Return what a new batch begins with."""
    rows = select(Batch.sender).where(Batch.campaign_id == campaign_id, Batch.kind == kind)
    return db.session.scalar(rows.order_by(Batch.id.desc()).limit(1)) or site_sender()


def site_sender() -> JsonObject:
    """Return the sender as the site's contact says: its name, telephone and address with the postal code in it."""
    site = current_site()
    address = " ".join(site.contact_address.split())
    found = _CODE.search(address)
    code = text.postal_code(found[1]) if found else ""
    rest = address.replace(found[0], "").strip() if found else address
    return {
        "name": site.name,
        "phone": site.contact_phone,
        "postal_code": code,
        "address": rest,
        "building": "",
        "slip": "0",
        "customer_code": "",
        "freight_code": "01",
    }


def describe(
    batch_id: int, title: str, contents: str, ship_on: date | None, sender: JsonObject, by: int | None
) -> None:
    """Change what a batch is called and what is the same for all its parcels, until it is done. WrongStep after."""
    with transaction() as session:
        batch = session.scalar(select(Batch).where(Batch.id == batch_id).with_for_update())
        if batch is None:
            raise NoSuchBatch(str(batch_id))
        if batch.status in ("done", "dissolved"):
            raise WrongStep(batch.title)
        said = {"title": title, "contents": contents, "ship_on": ship_on, "sender": {**batch.sender, **sender}}
        changed = sorted(name for name, value in said.items() if getattr(batch, name) != value)
        for name in changed:
            setattr(batch, name, said[name])
        if changed:
            audit.record(session, by, "batch.describe", "batch", batch.id, fields=changed)
