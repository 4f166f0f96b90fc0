"""Sheets of address labels, made from what a locked batch has kept: the same batch gives the same bytes."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from babel import Locale

from fundsite.db import JsonObject
from fundsite.pdf import Paper, Style

PADDING, GAP = 4.0, 1.5
SMALL = Style(6.5, grey=90)
Place = tuple[int, JsonObject]  # where a parcel stands in its batch, and to whom it goes


@dataclass(frozen=True)
class Sheet:
    """A sheet of labels, in millimetres; `address` and `name` are sizes of type."""

    across: int
    down: int
    width: float
    height: float
    left: float
    top: float
    address: float
    name: float

    @property
    def count(self) -> int:
        """How many labels it has."""
        return self.across * self.down

    def corner(self, number: int) -> tuple[float, float]:
        """Return where label `number` begins, counted from 0, along the lines."""
        row, column = divmod(number % self.count, self.across)
        return self.left + column * self.width, self.top + row * self.height


@cache
def sheets() -> dict[int, Sheet]:
    """Return the sheets that we know by how many labels they have."""
    with (Path(__file__).parent / "layouts" / "labels.toml").open("rb") as file:
        return {int(name): Sheet(**row) for name, row in tomllib.load(file).items()}


def labels_paper(parcels: Iterable[Place], up: int, start: int, title: str, made_at: datetime) -> Paper:
    """Write a label for each parcel, the first at label `start` (1 is the first on a sheet).

    A parcel's place in the batch says which label is its own, so that one that was taken out leaves its label empty.
    """
    sheet, page = sheets()[up], -1
    paper = Paper(title, "", made_at)
    for position, to in parcels:
        number = start - 1 + position - 1
        while page < number // sheet.count:
            paper.new_page()
            page += 1
        _label(paper, sheet, number, to)
    return paper


def _label(paper: Paper, sheet: Sheet, number: int, to: JsonObject) -> None:
    x, y = sheet.corner(number)
    width, bottom = sheet.width - 2 * PADDING, y + sheet.height - PADDING
    x, y = x + PADDING, y + PADDING
    in_japan = to["country"] in ("", "JP")
    paper.text_right(x + width, y if in_japan else bottom - SMALL.line_height / 2, str(to["reference"]), SMALL)
    plain, bold = Style(sheet.address, leading=1.3), Style(sheet.name, bold=True, leading=1.3)
    if in_japan:
        y = _written(paper, x, y, width, plain, _in_japan(to))
        paper.paragraph(x, y + GAP, f"{to['name']}　{to['honorific']}", width, bold, 2)
    else:
        y = paper.paragraph(x, y, to["name"], width, bold, 2) + GAP
        _written(paper, x, y, width, plain, _abroad(to))


def _written(paper: Paper, x: float, y: float, width: float, style: Style, lines: Sequence[str]) -> float:
    for line in lines:
        y = paper.paragraph(x, y, line, width, style, 2) if line else y
    return y


def _in_japan(to: JsonObject) -> list[str]:
    code = f"〒{to['postal_code']}" if to["postal_code"] else ""
    return [code, f"{to['region']}{to['city']}{to['line1']}", to["line2"]]


def _abroad(to: JsonObject) -> list[str]:
    """Write an address as other countries' post reads it, the country in English."""
    place = ", ".join(part for part in (to["city"], to["region"], to["postal_code"]) if part)
    country = Locale("en").territories.get(to["country"], to["country"])
    return [to["line1"], to["line2"], place, country.upper()]
