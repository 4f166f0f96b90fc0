"""Writing files of the backer list, from the command and from the staff room alike."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import BinaryIO

from pyzipper import WZ_AES, ZIP_DEFLATED, AESZipFile

from fundsite.csv_file import ENCODINGS, UTF8, Cell, Replaced, csv_lines
from fundsite.errors import FundsiteError
from fundsite.fulfilment.backer_filter import Wanted
from fundsite.fulfilment.backer_rows import Sheet, backer_sheet
from fundsite.fulfilment.export_xlsx import MOST_ROWS, write_xlsx

# How wide the columns of an XLSX file are, in characters; the others are of one width.
WIDTHS = {
    **dict.fromkeys(("リターン", "数量", "国"), 8),
    **dict.fromkeys(("申込日時", "入金日時", "お名前", "フリガナ", "公開名", "電話番号", "追跡番号"), 19),
    **dict.fromkeys(("リターン名", "メール", "市区町村", "番地", "建物名", "メモ"), 28),
    "応援コメント": 40,
}
MOST_TOLD = 10_000


class CannotExport(FundsiteError):
    """The file cannot be written; nothing was."""


@dataclass
class Written:
    """What became of an export: how many rows, and what the file could not say."""

    count: int = 0
    replaced: list[Replaced] = field(default_factory=list)
    replaced_count: int = 0

    def tell(self, one: Replaced) -> None:
        """Note a cell of which not everything could be said; the first ten thousand are kept."""
        self.replaced_count += 1
        if len(self.replaced) < MOST_TOLD:
            self.replaced.append(one)


Progress = Callable[[int, int], None]  # how many rows are written, and of how many
Writer = Callable[[BinaryIO, Wanted, str, Written, Progress, frozenset[str]], None]


@dataclass(frozen=True)
class Format:
    """A kind of file: its ending, who writes it, and in which encodings, the usual one first."""

    ending: str
    write: Writer
    encodings: tuple[str, ...] = ()


def _csv(
    out: BinaryIO, wanted: Wanted, encoding: str, written: Written, progress: Progress, left_out: frozenset[str]
) -> None:
    with backer_sheet(wanted) as sheet:
        header, rows = _chosen(sheet, left_out)
        out.writelines(csv_lines(header, _counted(rows, sheet.count, written, progress), encoding, written.tell))


def _xlsx(
    out: BinaryIO, wanted: Wanted, _encoding: str, written: Written, progress: Progress, left_out: frozenset[str]
) -> None:
    with backer_sheet(wanted) as sheet:
        if sheet.count >= MOST_ROWS:
            raise CannotExport(f"{sheet.count} rows do not fit into an XLSX file; export them as CSV")
        header, rows = _chosen(sheet, left_out)
        write_xlsx(out, header, _counted(rows, sheet.count, written, progress), WIDTHS, written.tell)


FORMATS = {"csv": Format("csv", _csv, ENCODINGS), "xlsx": Format("xlsx", _xlsx)}


def _chosen(sheet: Sheet, left_out: frozenset[str]) -> tuple[tuple[str, ...], Iterator[list[Cell]]]:
    """Leave columns out; the first, by which a row is known, always stays."""
    keep = [place == 0 or name not in left_out for place, name in enumerate(sheet.header)]
    if all(keep):
        return sheet.header, sheet.rows
    return tuple(compress(sheet.header, keep)), (list(compress(row, keep)) for row in sheet.rows)


def _counted(rows: Iterator[list[Cell]], total: int, written: Written, progress: Progress) -> Iterator[list[Cell]]:
    for row in rows:
        yield row
        written.count += 1
        if written.count % 500 == 0 or written.count == total:
            progress(written.count, total)


def export_to(
    path: Path,
    wanted: Wanted,
    kind: str,
    encoding: str | None = None,
    *,
    left_out: frozenset[str] = frozenset(),
    password: str = "",
    progress: Progress = lambda _done, _of: None,
) -> Written:
    """Write a file so that it is there whole or not at all; one that was there before is replaced.

    With a password it is a ZIP file, encrypted with AES as it is written: nothing of it lies open on the disk.
    Raises CannotExport for an encoding that the format does not have, and for a place that cannot be written.
    """
    made = FORMATS[kind]
    if encoding is not None and encoding not in made.encodings:
        raise CannotExport(f"{kind} files have no encoding {encoding}")
    written = Written()
    with replacing(path) as whole, _locked(whole, f"backers.{made.ending}", password) as out:
        made.write(out, wanted, encoding or next(iter(made.encodings), UTF8), written, progress, left_out)
    return written


@contextmanager
def _locked(out: BinaryIO, name: str, password: str) -> Iterator[BinaryIO]:
    if not password:
        yield out
        return
    with AESZipFile(out, "w", compression=ZIP_DEFLATED, encryption=WZ_AES) as book:
        book.setpassword(password.encode())
        with book.open(name, "w", force_zip64=True) as inner:
            yield inner


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside `path` that takes its place at the end of the block, unless something fails."""
    try:
        if path.is_dir():
            raise IsADirectoryError(21, os.strerror(21))
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False) as out:
            part = Path(out.name)
            try:
                yield out  # type: ignore[misc]
                out.flush()
                os.fsync(out.fileno())
                part.replace(path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise CannotExport(f"{path}: {error.strerror or type(error).__name__}") from error
