"""A table as an XLSX file: row by row to the disk, its header frozen, every text a text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from fundsite.csv_file import Cell, Replaced, Tell

# What a sheet of that format can hold [Excel specifications and limits]; a cell's limit is XlsxWriter's matter.
MOST_ROWS = 1_048_576
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
USUAL_WIDTH = 12


def write_xlsx(
    out: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[Cell]], widths: Mapping[str, int], tell: Tell
) -> None:
    """Write the table to `out`. What is too long for a cell is cut, and told of."""
    with Workbook(out, OPTIONS) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 1)
        words, number = book.add_format({"num_format": "@"}), book.add_format({"num_format": "0"})
        for place, name in enumerate(header):
            sheet.set_column(place, place, widths.get(name, USUAL_WIDTH), words)
        sheet.write_row(0, 0, header, book.add_format({"num_format": "@", "bold": True, "bottom": 1}))
        for line, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(line, place, cell, number)
                elif cell and not _write_text(sheet, line, place, cell, words):
                    tell(Replaced(row[0], header[place], "…"))


def _write_text(sheet: Worksheet, line: int, place: int, said: str, form: object) -> bool:
    """Write a text as it is; False if it was too long."""
    if said.startswith("<r>"):  # XlsxWriter would take it for markup of its own
        return bool(sheet.write_rich_string(line, place, "<", "r", said[2:], form) == 0)
    return bool(sheet.write_string(line, place, said, form) == 0)
