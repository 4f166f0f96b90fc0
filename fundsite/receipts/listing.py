"""Finding receipts: by number, reference or name, by kind and status, a page at a time; and those no longer true."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, cast, exists, func, or_, select

from fundsite import text
from fundsite.books.models import LedgerEntry
from fundsite.db import db
from fundsite.pledges.models import Pledge
from fundsite.receipts.models import Receipt, ReceiptLine
from fundsite.receipts.received import LESSENING

PAGE = 50


@dataclass(frozen=True)
class Sought:
    """What is looked for: empty means any. `before` is the last receipt that was seen."""

    text: str = ""
    kind: str = ""
    status: str = ""
    before: int | None = None


@dataclass(frozen=True)
class ReceiptPage:
    """A page of receipts, the key of the next one, and which of them say more than is kept."""

    receipts: Sequence[Receipt]
    next_before: int | None
    outdated: frozenset[int]


def receipts_page(sought: Sought) -> ReceiptPage:
    """Return the newest receipts that are looked for. Two statements."""
    rows = select(Receipt)
    if sought.text:
        rows = rows.where(_matches(sought.text))
    if sought.kind:
        rows = rows.where(Receipt.kind == sought.kind)
    if sought.status == "outdated":
        rows = rows.where(_went_back())
    elif sought.status:
        rows = rows.where(Receipt.status == sought.status)
    if sought.before is not None:
        rows = rows.where(Receipt.id < sought.before)
    found = db.session.scalars(rows.order_by(Receipt.id.desc()).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    wrong = select(Receipt.id).where(Receipt.id.in_([one.id for one in shown]), _went_back())
    return ReceiptPage(
        shown, shown[-1].id if len(found) > PAGE else None, frozenset(db.session.scalars(wrong) if shown else ())
    )


def _went_back() -> ColumnElement[bool]:
    """Whether money of a receipt's pledges moved back after it was issued."""
    moved = (
        select(ReceiptLine.id)
        .join(LedgerEntry, LedgerEntry.pledge_id == ReceiptLine.pledge_id)
        .where(ReceiptLine.receipt_id == Receipt.id, ReceiptLine.live)
        .where(LedgerEntry.kind.in_(LESSENING), LedgerEntry.amount < 0, LedgerEntry.recorded_at > Receipt.issued_at)
    )
    return exists(moved)


def _matches(words: str) -> ColumnElement[bool]:
    bare = text.line(words)
    number = bare.upper().replace(" ", "").lstrip("RD")
    year, _dash, place = number.partition("-")
    tests = [
        exists(
            select(ReceiptLine.id).where(
                ReceiptLine.receipt_id == Receipt.id, func.upper(ReceiptLine.reference) == bare.upper()
            )
        ),
        exists(select(Pledge.id).where(Pledge.id == Receipt.pledge_id, Pledge.name.contains(bare, autoescape=True))),
        exists(select(Pledge.id).where(Pledge.id == Receipt.pledge_id, func.lower(Pledge.email) == bare.lower())),
        cast(Receipt.recipient["name"].as_string(), String).contains(bare, autoescape=True),
    ]
    if year.isdecimal() and place.isdecimal() and len(number) < 16:  # noqa: PLR2004 - what a number's column holds
        tests.append((Receipt.year == int(year)) & (Receipt.number == int(place)))
    return or_(*tests)
