"""A carrier's result file, or any table with our reference and a number: which column is which."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fundsite.csv_upload import BadFile, lines_of
from fundsite.fulfilment.couriers import plain_number
from fundsite.i18n import gettext as _
from fundsite.pledges.access import ALPHABET

LARGEST, MOST_ROWS, LARGEST_TO_ASK = 2 * 1024 * 1024, 5000, 300 * 1024
REFERENCES = ("お客様管理番号", "お客様側管理番号", "管理番号", "受付番号", "ご注文番号", "注文番号", "reference")
NUMBERS = (
    *("伝票番号", "送り状番号", "追跡番号", "お問い合わせ番号", "お問合せ番号", "お問い合わせ伝票番号"),
    *("問い合わせ番号", "引受番号", "trackingnumber", "tracking_number"),
)
POSTAL_CODES, NAMES = ("お届け先郵便番号", "郵便番号"), ("お届け先氏名", "お届け先名", "氏名")
B2_REFERENCE, B2_NUMBER, B2_COLUMNS = 0, 3, 60  # where B2クラウド puts them, and what is wide enough to be its file
SHOWN, CUT = 4, 24  # what a person is shown of a table to choose its columns by
_REFERENCE = re.compile(f"[{ALPHABET}]{{4}}-?[{ALPHABET}]{{4}}")

Lines = Sequence[tuple[int, list[str]]]
Home = tuple[str, str]


@dataclass(frozen=True)
class Pair:
    """A row of the file: our reference, and the number of the parcel."""

    line: int
    reference: str
    number: str


@dataclass(frozen=True)
class Columns:
    """Where the reference stands (or postal code and name, of a carrier that keeps no reference), and the number."""

    number: int
    reference: int = -1
    postal_code: int = -1
    name: int = -1
    headed: bool = True


def table_of_file(content: str) -> Lines:
    """Return the lines of a file; BadFile for what is no table."""
    found = lines_of(content, MOST_ROWS)
    if not found:
        raise BadFile(_("読み込める行がありません。"))
    return found


def columns_of(lines: Lines) -> Columns | None:
    """Find the columns by the names in the header, or as B2クラウド writes them; None where only a person can say."""
    header = [_plain(cell) for cell in lines[0][1]]
    number, reference = _named(header, NUMBERS), _named(header, REFERENCES)
    if number is not None and reference is not None:
        return Columns(number, reference)
    postal_code, name = _named(header, POSTAL_CODES), _named(header, NAMES)
    if number is not None and postal_code is not None and name is not None:
        return Columns(number, postal_code=postal_code, name=name)
    if len(header) >= B2_COLUMNS and all(_is_reference(_cell(cells, B2_REFERENCE)) for _line, cells in lines):
        return Columns(B2_NUMBER, B2_REFERENCE, headed=False)
    return None


def chosen_columns(lines: Lines, reference: int, number: int) -> Columns:
    """Return the columns that a person chose; a first line without our reference is taken for the header."""
    return Columns(number, reference, headed=not _is_reference(_cell(lines[0][1], reference)))


def pairs_of(lines: Lines, columns: Columns, homes: Callable[[], Iterable[tuple[Home, str]]]) -> list[Pair]:
    """Return what each row says. `homes` tells whose reference belongs to a postal code and a name.

    A row whose home is nobody's, or that of several, has no reference: only a person can say.
    """
    known: dict[Home, set[str]] = defaultdict(set)
    for home, reference in homes() if columns.reference < 0 else ():
        known[home].add(reference)
    rows = lines[1:] if columns.headed else lines
    return [Pair(line, _reference(cells, columns, known), _number(cells, columns)) for line, cells in rows]


def home_of(postal_code: str, name: str) -> Home:
    """Return what two ways of writing a home have in common."""
    return re.sub(r"\D", "", _plain(postal_code)), _plain(name)


def _reference(cells: list[str], columns: Columns, known: dict[Home, set[str]]) -> str:
    if columns.reference >= 0:
        return tidy_reference(_cell(cells, columns.reference))
    meant = known.get(home_of(_cell(cells, columns.postal_code), _cell(cells, columns.name)), set())
    return next(iter(meant)) if len(meant) == 1 else ""


def _number(cells: list[str], columns: Columns) -> str:
    return plain_number(_cell(cells, columns.number))


def tidy_reference(typed: str) -> str:
    """Return a reference as it is kept: 7K3M-9Q2X, however a table wrote it."""
    said = unicodedata.normalize("NFKC", typed).strip().strip("'\"=").upper()
    return f"{said[:4]}-{said[-4:]}" if _REFERENCE.fullmatch(said) else said


def _is_reference(cell: str) -> bool:
    return _REFERENCE.fullmatch(tidy_reference(cell)) is not None


def _named(header: list[str], names: tuple[str, ...]) -> int | None:
    """Return the column with one of these names, or the only one whose name begins so."""
    exact = [header.index(name) for name in names if name in header]
    beginning = [place for place, said in enumerate(header) if said.startswith(names)]
    if exact:
        return exact[0]
    return beginning[0] if len(beginning) == 1 else None


def _plain(said: str) -> str:
    return "".join(unicodedata.normalize("NFKC", said).lower().split())


def _cell(cells: list[str], place: int) -> str:
    return cells[place].strip() if 0 <= place < len(cells) else ""


def sample_of(lines: Lines) -> list[tuple[int, list[str]]]:
    """Return each column with what stands in its first lines, for a person to choose by; empty ones are left out."""
    width = max(len(cells) for _line, cells in lines[:SHOWN])
    columns = [(place, [_cell(cells, place)[:CUT] for _line, cells in lines[:SHOWN]]) for place in range(width)]
    return [(place, cells) for place, cells in columns if any(cells)]


def as_text(pairs: Iterable[Pair]) -> str:
    """Write pairs as a preview's form carries them."""
    return "\n".join(f"{pair.line}\t{pair.reference}\t{pair.number}" for pair in pairs)


def from_text(said: str) -> list[Pair]:
    """Read them back; BadFile for anything else."""
    pairs = []
    for row in said.splitlines()[: MOST_ROWS + 1]:
        line, *cells = row.split("\t")
        if len(cells) != len(("reference", "number")) or not line.isdecimal():
            raise BadFile(row)
        pairs.append(Pair(int(line), *cells))
    return pairs
