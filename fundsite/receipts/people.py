"""To whom a receipt is made out: the pledge's own name and address, or another that was asked for.

Two pledges are of one supporter when they have the same e-mail address, however it is written, and the same name,
spaces and widths of letters apart. One without an e-mail address is a supporter of its own.
"""

import re
import unicodedata

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.db import JsonObject
from fundsite.pledges.models import Pledge
from fundsite.receipts.models import Addressee, Receipt

BODIES = re.compile(r"法人|会社|㈱|（株）|\(株\)|協会|組合|財団|協議会|大学|学校|病院|クラブ$")


def folded(name: str) -> str:
    """Return a name as it is compared."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()


def pledges_of_supporter(session: Session, pledge: Pledge, campaign_id: int | None = None) -> list[Pledge]:
    """Return the pledges of the same supporter, the oldest first, of one campaign where one is named."""
    if not pledge.email:
        return [pledge]
    same = select(Pledge).where(func.lower(Pledge.email) == pledge.email.lower()).order_by(Pledge.id)
    if campaign_id is not None:
        same = same.where(Pledge.campaign_id == campaign_id)
    return [other for other in session.scalars(same) if folded(other.name) == folded(pledge.name)]


def address_of(pledge: Pledge) -> str:
    """Return a pledge's address as one writes it on a document; "" where none was asked for."""
    if pledge.country == "JP" or not pledge.country:
        parts = [f"{pledge.region}{pledge.city}{pledge.line1}", pledge.line2]
        place = " ".join(part for part in parts if part)
        return f"〒{pledge.postal_code} {place}".strip() if pledge.postal_code and place else place
    parts = [pledge.line1, pledge.line2, pledge.city, pledge.region, pledge.postal_code, pledge.country]
    return ", ".join(part for part in parts if part)


def honorific_of(name: str) -> str:
    """Return what is usual behind a name."""
    return "御中" if BODIES.search(name) else "様"


def recipient_of(session: Session, pledges: list[Pledge]) -> JsonObject:
    """Return name, honorific and address for a supporter's pledges: as asked for, else as pledged last."""
    newest = sorted(pledges, key=lambda pledge: pledge.id, reverse=True)
    for pledge in newest:
        asked = session.get(Addressee, pledge.id)
        if asked is not None:
            return {"name": asked.name, "honorific": asked.honorific, "address": asked.address}
    name = next((pledge.name for pledge in newest if pledge.name), "")
    address = next(filter(None, map(address_of, newest)), "")
    if not name or not address:  # erased since; the list of donors is kept for longer
        before = _on_paper(session, newest)
        name, address = name or before.get("name", ""), address or before.get("address", "")
    return {"name": name, "honorific": honorific_of(name), "address": address}


def _on_paper(session: Session, pledges: list[Pledge]) -> JsonObject:
    """Return to whom the newest receipt of pledges was made out."""
    rows = select(Receipt.recipient).where(Receipt.pledge_id.in_([pledge.id for pledge in pledges]))
    return session.scalar(rows.where(Receipt.status == "issued").order_by(Receipt.id.desc()).limit(1)) or {}


def keep_addressee(session: Session, pledge_id: int, recipient: JsonObject) -> None:
    """Keep to whom a pledge's receipts are made out from now on, within the caller's transaction."""
    session.merge(Addressee(pledge_id=pledge_id, changed_at=clock.now(), **recipient))
