"""Tables as CSV files that a spreadsheet opens as they are: with a byte order mark, and no cell ever a formula."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # full-width ones are understood in Japan

Cell = str | int | None
UTF8, CP932 = "utf-8-sig", "cp932"
ENCODINGS = (UTF8, CP932)
UNSAYABLE = "fundsite.geta"


def _geta(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "〓" * (error.end - error.start), error.end


codecs.register_error(UNSAYABLE, _geta)


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return the table; text that a spreadsheet would take for a formula has an apostrophe before it."""
    return b"".join(csv_lines(header, rows))


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]], encoding: str = UTF8) -> Iterator[bytes]:
    """Yield the table line by line, in UTF-8 or CP932; what CP932 cannot say is a 〓, never left out in silence."""
    if encoding == UTF8:
        yield codecs.BOM_UTF8
    for row in chain([header], rows):
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerow(map(_guarded, row))
        yield out.getvalue().encode("utf-8" if encoding == UTF8 else encoding, errors=UNSAYABLE)


def _guarded(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" \n\u3000").startswith(FORMULA) else cell
