"""Uploaded tables: what is no text table is refused with a sentence for whoever sent it."""

import csv
import io
import unicodedata

from fundsite.errors import FundsiteError
from fundsite.i18n import gettext as _

LARGEST = 300 * 1024
MOST_ROWS = 1000


class BadFile(FundsiteError):
    """The file cannot be read as a table; the sentence says why."""


def text_of(content: bytes, largest: int = LARGEST) -> str:
    """Return what stands in a file of UTF-8 (with or without its mark) or CP932; BadFile for anything else."""
    if not content.strip():
        raise BadFile(_("ファイルを選んでください。空のファイルは読み込めません。"))
    if len(content) > largest:
        raise BadFile(_("ファイルが大きすぎます。%(size)sKBまでに分けてください。") % {"size": f"{largest // 1024:,}"})
    for encoding in ("utf-8-sig", "cp932"):
        try:
            said = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(unicodedata.category(letter) == "Cc" and letter not in "\t\r\n" for letter in said):
            return said
    raise BadFile(_("CSVファイルとして読み込めませんでした。Excelでは「CSV UTF-8」を選んで保存してください。"))


def table_of(content: str, known: tuple[str, ...], needed: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Return the rows with their line numbers, by the names in the header; rows of nothing are left out.

    Raises BadFile for a header that lacks a needed column, names an unknown one or one twice.
    """
    (_line, names), *rows = lines_of(content) or [(1, [])]
    header = [unicodedata.normalize("NFKC", name).strip() for name in names]
    while header and not header[-1]:
        header.pop()
    _check(header, known, needed)
    found = [(line, _row(header, cells)) for line, cells in rows]
    if not found:
        raise BadFile(_("見出しの下に、登録する行がありません。"))
    return found


def lines_of(content: str, most: int = MOST_ROWS) -> list[tuple[int, list[str]]]:
    """Return the cells of each line that says anything, with its number; BadFile for what is no table, or too long."""
    said = content.lstrip("\ufeff\r\n")
    first = said.partition("\n")[0]
    rows = csv.reader(io.StringIO(said, newline=""), delimiter="\t" if "\t" in first else ",")
    try:
        found = [(rows.line_num, cells) for cells in rows if any(cell.strip() for cell in cells)]
    except csv.Error:
        raise BadFile(_("CSVファイルとして読み込めませんでした。引用符の対応などをご確認ください。")) from None
    if len(found) > most + 1:
        raise BadFile(_("一度に読み込めるのは%(count)s行までです。ファイルを分けてください。") % {"count": f"{most:,}"})
    return found


def _check(header: list[str], known: tuple[str, ...], needed: tuple[str, ...]) -> None:
    missing = [name for name in needed if name not in header]
    if missing:
        raise BadFile(_("1行目の見出しに「%(names)s」がありません。") % {"names": "」「".join(missing)})
    strange = [name for name in header if name not in known]
    if strange:
        raise BadFile(_("知らない見出しがあります: 「%(names)s」") % {"names": "」「".join(strange)})
    if len(set(header)) < len(header):
        raise BadFile(_("同じ見出しが2つあります。"))


def _row(header: list[str], cells: list[str]) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(header) :]):
        return dict.fromkeys(header, "") | {"": "beyond"}
    return {name: cells[place].strip() if place < len(cells) else "" for place, name in enumerate(header)}
