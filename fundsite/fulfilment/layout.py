"""The carriers' layouts, read from tables in layouts/: a change of theirs is a changed line there."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fundsite.fulfilment.characters import unsayable

CARRIERS = ("b2cloud", "clickpost", "yupri")
BYTES = "bytes"


@dataclass(frozen=True)
class Column:
    """A column: its title, what stands in it (`source`, written as `form` says) and how long that may be.

    `cut` says that what is too long may end early: it is there to be read aloud, and the whole stands elsewhere.
    """

    title: str
    source: str = ""
    form: str = ""
    most: int = 0
    needed: bool = False
    cut: bool = False


@dataclass(frozen=True)
class Layout:
    """A carrier's file. `rows` is how many parcels one file takes (0: any number)."""

    name: str
    encoding: str
    counts: str
    rows: int
    address: tuple[tuple[str, ...], ...]
    slips: dict[str, str]
    columns: tuple[Column, ...]

    def size(self, said: str) -> int:
        """Measure a text as the carrier does."""
        if self.counts == BYTES:
            return len(said.encode(self.encoding, errors="replace")) + len(unsayable(said, self.encoding))
        return len(said)

    @property
    def address_sizes(self) -> tuple[int, ...]:
        """How long each line of the address may be."""
        return tuple(column.most for column in self.columns if column.source == "address")

    def needs(self, source: str) -> bool:
        """Whether the carrier takes no parcel without this."""
        return any(column.source == source and column.needed for column in self.columns)

    def uses(self, source: str) -> bool:
        """Whether the carrier's file has a place for this."""
        return any(column.source == source for column in self.columns)


@cache
def layout_of(name: str) -> Layout:
    """Return a carrier's layout by its short name."""
    with (Path(__file__).parent / "layouts" / f"{name}.toml").open("rb") as file:
        said = tomllib.load(file)
    columns = tuple(
        Column(
            row["title"],
            row.get("from", ""),
            row.get("as", ""),
            row.get("most", 0),
            needed=row.get("needed", False),
            cut=row.get("cut", False),
        )
        for row in said["columns"]
    )
    address = tuple(tuple(part) for part in said["address"])
    return Layout(name, said["encoding"], said["counts"], said.get("rows", 0), address, said.get("slips", {}), columns)
