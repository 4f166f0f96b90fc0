"""Recounting the receipts: their numbers, their sums, and that money stands on one of them."""

from collections.abc import Iterator

from sqlalchemy import func, or_, select

from fundsite.db import db
from fundsite.receipts.models import Receipt, ReceiptLine, ReceiptNumber


def receipt_differences() -> list[str]:
    """Return each difference in one line; empty: the receipts are right."""
    return [*_numbers(), *_sums()]


def _numbers() -> Iterator[str]:
    """The numbers of a kind and year go from 1 to the last that was given, without a gap."""
    rows = select(Receipt.kind, Receipt.year, func.count(), func.max(Receipt.number))
    found = {
        (kind, year): (count, last) for kind, year, count, last in db.session.execute(rows.group_by("kind", "year"))
    }
    given = {(row.kind, row.year): row.last for row in db.session.scalars(select(ReceiptNumber))}
    for kind, year in sorted({*found, *(key for key, last in given.items() if last)}):
        count, last = found.get((kind, year), (0, 0))
        if not count == last == given.get((kind, year), 0):
            yield f"receipts {kind} {year}: {count} receipts, numbers to {last}, given to {given.get((kind, year), 0)}"


def _sums() -> Iterator[str]:
    """A receipt is the sum of its lines, and its lines are live as long as it is not void."""
    lines = (
        select(
            ReceiptLine.receipt_id,
            func.sum(ReceiptLine.gift).label("gift"),
            func.sum(ReceiptLine.consideration).label("consideration"),
            func.count().filter(ReceiptLine.live).label("live"),
            func.count().label("lines"),
        )
        .group_by(ReceiptLine.receipt_id)
        .subquery()
    )
    wrong = or_(
        lines.c.receipt_id.is_(None),
        Receipt.gift != lines.c.gift,
        Receipt.consideration != lines.c.consideration,
        (Receipt.status == "issued") & (lines.c.live != lines.c.lines),
        (Receipt.status == "void") & (lines.c.live != 0),
    )
    for receipt in db.session.scalars(select(Receipt).outerjoin(lines, lines.c.receipt_id == Receipt.id).where(wrong)):
        yield f"receipt {receipt.label}: it is not what its lines say"
