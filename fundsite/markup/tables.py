"""Tables, in a frame that scrolls on a narrow screen."""

import re
from itertools import zip_longest
from xml.etree.ElementTree import Element, SubElement

from fundsite.markup.page import Page

MAX_COLUMNS = 30

_BAR = re.compile(r"(?<!\\)\|")
_ALIGNMENT = re.compile(r" *(:?)-+(:?) *$")
_ALIGNED = {("", ":"): "align-right", (":", ":"): "align-center"}


def read_table(lines: list[str], at: int, page: Page) -> tuple[int, Element] | None:
    """Read a table: a row of names, a row of dashes, and rows until a line without a bar."""
    columns = _columns(lines, at)
    if columns is None:
        return None
    table = Element("table")
    names = _cells(lines[at])
    _add_row(SubElement(table, "thead"), "th", names, columns, page)
    end = at + 2
    body = SubElement(table, "tbody") if end < len(lines) and "|" in lines[end] else table
    while end < len(lines) and "|" in lines[end]:
        _add_row(body, "td", _cells(lines[end]), columns, page)
        end += 1
    return end, _frame(table, names)


def _columns(lines: list[str], at: int) -> list[str] | None:
    """Return the class of each column ("" for none), or None if no table begins here."""
    if "|" not in lines[at] or at + 1 == len(lines) or "-" not in lines[at + 1]:
        return None
    rule = [_ALIGNMENT.match(cell) for cell in _cells(lines[at + 1])]
    if not 1 <= len(rule) <= MAX_COLUMNS or len(rule) != len(_cells(lines[at])):
        return None
    return [_ALIGNED.get((cell[1], cell[2]), "") for cell in rule if cell] if all(rule) else None


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in _BAR.split(row.strip().removeprefix("|").removesuffix("|"))]


def _add_row(parent: Element, tag: str, cells: list[str], columns: list[str], page: Page) -> None:
    """Add a row. What exceeds the columns is kept in the last one, so that nothing typed is lost."""
    last = len(columns) - 1
    row = SubElement(parent, "tr")
    for words, name in zip_longest([*cells[:last], " | ".join(cells[last:])], columns, fillvalue=""):
        cell = SubElement(row, tag)
        if name:
            cell.set("class", name)
        page.pending.append((cell, words))


def _frame(table: Element, names: list[str]) -> Element:
    """Wrap a table so that it scrolls by itself, by keyboard too. Its name is that of its columns."""
    label = " / ".join(name for name in names if name)[:80] or "表"
    frame = Element("div", {"class": "table-scroll", "tabindex": "0", "role": "region", "aria-label": label})
    frame.append(table)
    return frame
