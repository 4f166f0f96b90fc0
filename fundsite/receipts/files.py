"""Files of receipts: one, or many as one file for printing or in a ZIP."""

import io
import zipfile
from collections.abc import Sequence

from sqlalchemy import func, select

from fundsite.db import db, release
from fundsite.receipts.models import Receipt
from fundsite.receipts.paper import Printed, paper_of
from fundsite.receipts.service import find_receipt, lines_of_receipt, reissues_of

PART = 200  # receipts in one file for printing: what a printer and a request take in one go
ZIP_PART = 100
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the same bytes again: no time of making


def printed_of(receipt_id: int, copy: int | None = None) -> Printed:
    """Return a receipt with what its paper says: the newest paper, or the one of `copy` (0 is the first)."""
    receipt, reissues = find_receipt(receipt_id), reissues_of(receipt_id)
    position = len(reissues) if copy is None else copy
    day = reissues[position - 1].reissued_on if 0 < position <= len(reissues) else None
    return Printed(receipt, lines_of_receipt(receipt_id), day)


def pdf_of(receipt_ids: Sequence[int], copy: int | None = None) -> bytes:
    """Return receipts as one PDF file; no connection is held while it is drawn."""
    printed = [printed_of(number, copy) for number in receipt_ids]
    release()
    return paper_of(printed).output()


def unsayable(receipt_id: int) -> list[str]:
    """Return what on a receipt's paper no font can say, or no place can hold."""
    return paper_of([printed_of(receipt_id)]).missing


def zip_of(receipt_ids: Sequence[int]) -> bytes:
    """Return receipts as a ZIP of one PDF file each, named by their numbers."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in receipt_ids:
            name = zipfile.ZipInfo(f"{find_receipt(number).label}.pdf", ZIP_TIME)
            archive.writestr(name, pdf_of([number]), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def part_of_run(run_id: int, part: int, size: int) -> list[int]:
    """Return the receipts of a run that belong into one of its files; void ones are left out."""
    rows = select(Receipt.id).where(Receipt.run_id == run_id, Receipt.status == "issued").order_by(Receipt.number)
    return list(db.session.scalars(rows.offset(part * size).limit(size)))


def papers_of_run(run_id: int) -> int:
    """Count the receipts of a run that are not void."""
    return db.session.scalar(select(func.count()).where(Receipt.run_id == run_id, Receipt.status == "issued")) or 0
