"""The private links of receipts, and which receipts stand in a supporter's room.

A link in a mail opens one receipt and nothing else. A room shows those that are about its own pledge alone: one
that adds up several pledges goes only to the mailed address, for a name and an address are easily typed by others.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from fundsite.db import db
from fundsite.receipts.models import Receipt, ReceiptLine
from fundsite.receipts.service import is_outdated
from fundsite.sealed import sealed, unsealed
from fundsite.settings import current_settings

PURPOSE = "receipt"


@dataclass(frozen=True)
class RoomReceipt:
    """A receipt as a room names it; its file lies at `room_receipts.file` with the room's token and `label`."""

    id: int
    label: str
    kind: str
    total: int
    currency: str
    issued_on: date


def mailed_url(receipt_id: int, locale: str) -> str:
    """Return the absolute address of a receipt's file."""
    site = current_settings()
    prefix = "" if locale == site.locale else f"/{locale}"
    return f"{site.site_url}{prefix}/receipts/{sealed(PURPOSE, receipt_id)}.pdf"


def opened_by(token: str) -> Receipt | None:
    """Return the receipt that a mailed link opens; None for one that is void or no longer true."""
    number = unsealed(PURPOSE, token)
    receipt = db.session.get(Receipt, number) if number is not None else None
    return receipt if receipt is not None and _is_good(receipt) else None


def receipts_of(pledge_id: int) -> list[RoomReceipt]:
    """Return the receipts that a pledge's room offers, the newest first."""
    others = select(ReceiptLine.receipt_id).where(ReceiptLine.pledge_id != pledge_id)
    rows = select(Receipt).where(Receipt.pledge_id == pledge_id, Receipt.id.not_in(others))
    return [
        RoomReceipt(one.id, one.label, one.kind, one.total, one.currency, one.issued_on)
        for one in db.session.scalars(rows.order_by(Receipt.id.desc()))
        if _is_good(one)
    ]


def _is_good(receipt: Receipt) -> bool:
    return receipt.status == "issued" and not is_outdated(db.session(), receipt)
