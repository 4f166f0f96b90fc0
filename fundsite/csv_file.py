"""Tables as CSV files that a spreadsheet opens as they are: with a byte order mark, and no cell ever a formula.

Text stands in quotes and numbers do not, so that whoever imports the file can tell 0123 from 123.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # full-width ones are understood in Japan
SPACES = " \n\u3000"
DOUBTFUL = frozenset([*FORMULA, *SPACES])
PIECE = 200  # rows

Cell = str | int | None
UTF8, UTF8_BARE, CP932 = "utf-8-sig", "utf-8", "cp932"
ENCODINGS = (UTF8, UTF8_BARE, CP932)
GETA = "〓"
UNSAYABLE = "fundsite.geta"


@dataclass(frozen=True)
class Replaced:
    """What an encoding cannot say of one cell. `row` is the row's first cell, by which it is known."""

    row: Cell
    column: str
    letters: str


Tell = Callable[[Replaced], None]


def _geta(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return GETA * (error.end - error.start), error.end


codecs.register_error(UNSAYABLE, _geta)


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return the table; text that a spreadsheet would take for a formula has an apostrophe before it."""
    return b"".join(csv_lines(header, rows))


def csv_lines(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], encoding: str = UTF8, tell: Tell | None = None
) -> Iterator[bytes]:
    """Yield the table, some rows at a time; what the encoding cannot say is a 〓, and told of cell by cell."""
    if encoding == UTF8:
        yield codecs.BOM_UTF8
    name = UTF8_BARE if encoding == UTF8 else encoding
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    rest = chain([header], rows)
    while piece := list(islice(rest, PIECE)):
        buffer.seek(0)
        buffer.truncate()
        writer.writerows([_guarded(row) for row in piece])
        said = buffer.getvalue()
        try:
            yield said.encode(name)
        except UnicodeEncodeError:
            yield said.encode(name, errors=UNSAYABLE)
            if tell is not None:
                for replaced in unsayable(header, piece, name):
                    tell(replaced)


def unsayable(header: Sequence[str], rows: Iterable[Sequence[Cell]], encoding: str) -> Iterator[Replaced]:
    """Yield each cell of which an encoding cannot say everything, and what."""
    for row in rows:
        for column, cell in zip(header, row, strict=True):
            if isinstance(cell, str) and (letters := "".join(dict.fromkeys(_beyond(cell, encoding)))):
                yield Replaced(row[0], column, letters)


def _beyond(cell: str, encoding: str) -> Iterator[str]:
    for letter in cell:
        try:
            letter.encode(encoding)
        except UnicodeEncodeError:
            yield letter


def _guarded(row: Sequence[Cell]) -> list[Cell]:
    return [_guard(cell) if isinstance(cell, str) and cell[:1] in DOUBTFUL else cell for cell in row]


def _guard(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(SPACES).startswith(FORMULA) else cell
