"""The accountants' files: entries of the books and lines of payouts, as tables."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from flask import Response, abort, request, stream_with_context
from sqlalchemy import literal, select, tuple_

from fundsite.accounting.words import entry_label, source_label
from fundsite.books.models import LedgerEntry
from fundsite.books.payouts import MatchedLine
from fundsite.csv_file import ENCODINGS, UTF8, Cell, csv_lines
from fundsite.db import Moment, db, release
from fundsite.pledges.models import Pledge
from fundsite.settings import current_settings

CHUNK = 500
# In Japanese in every language: these are the forms of files. docs/interface.md says what each column holds.
LEDGER = (
    "日付",
    "時刻",
    "種類",
    "受付番号",
    "受取方法",
    "金額",
    "通貨",
    "Stripeの番号",
    "Stripeの取引番号",
    "記帳日時",
)
PAYOUT = (
    "日付",
    "時刻",
    "種類",
    "受付番号",
    "金額",
    "手数料",
    "純額",
    "帳簿の金額",
    "照合",
    "Stripeの番号",
    "Stripeの取引番号",
)


def ledger_rows(campaign_id: int) -> Iterator[Sequence[Cell]]:
    """Yield a campaign's entries, the oldest first, a few hundred at a time: no connection is held in between."""
    after: tuple[datetime, int] | None = None
    place = (LedgerEntry.occurred_at, LedgerEntry.id)
    while True:
        rows = select(LedgerEntry, Pledge.source).join(Pledge, Pledge.id == LedgerEntry.pledge_id)
        rows = rows.where(LedgerEntry.campaign_id == campaign_id)
        if after is not None:
            rows = rows.where(tuple_(*place) > tuple_(literal(after[0], Moment()), literal(after[1])))
        found = db.session.execute(rows.order_by(*place).limit(CHUNK)).all()
        release()
        yield from (_ledger_row(entry, source) for entry, source in found)
        if len(found) < CHUNK:
            return
        after = found[-1][0].occurred_at, found[-1][0].id


def _ledger_row(entry: LedgerEntry, source: str) -> Sequence[Cell]:
    day, time = _local(entry.occurred_at)
    return (
        *(day, time, entry_label(entry.kind), entry.reference, source_label(source), entry.amount, entry.currency),
        *(entry.source, entry.balance_transaction or "", " ".join(_local(entry.recorded_at))),
    )


def payout_rows(lines: Iterable[MatchedLine]) -> Iterator[Sequence[Cell]]:
    """Yield a payout's lines."""
    for matched in lines:
        line = matched.line
        yield (
            *(*_local(line.occurred_at), line.kind, matched.reference, line.amount, -line.fee, line.net),
            *(matched.booked, "一致" if matched.is_explained else "不一致", line.source, line.balance_transaction),
        )


def _local(moment: datetime) -> tuple[str, str]:
    at = moment.astimezone(current_settings().timezone)
    return f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}"


def csv_answer(name: str, header: Sequence[str], rows: Callable[[], Iterable[Sequence[Cell]]]) -> Response:
    """Answer with a table in the encoding that the address asks for, line by line as it is read."""
    encoding = request.args.get("encoding", UTF8)
    if encoding not in ENCODINGS:
        abort(404)
    charset = "utf-8" if encoding == UTF8 else "shift_jis"
    lines = csv_lines(header, rows(), encoding)
    response = Response(stream_with_context(lines), content_type=f"text/csv; charset={charset}")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    return response
