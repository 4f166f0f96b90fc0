"""What must be put right before a batch's files are made, and what somebody should look at, with proposals."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fundsite import postal
from fundsite.db import JsonObject
from fundsite.fulfilment.carriers import Consignment, batch_values, parts_of, placed, written
from fundsite.fulfilment.characters import suggested, suggestion, unsayable
from fundsite.fulfilment.corrections import Parcel, parcels_of
from fundsite.fulfilment.layout import CARRIERS, Column, Layout, layout_of
from fundsite.fulfilment.models import LOCKED, Batch
from fundsite.fulfilment.recipients import FIELDS

PLAIN = ("name", "honorific", "phone")  # of a parcel, those that stand in a column of their own
ADDRESS = ("region", "city", "line1", "line2")
NEEDED = ("name", "postal_code", "region", "city", "line1")  # wherever it goes within Japan
ABROAD = ("name", "city", "line1")


@dataclass(frozen=True)
class Letter:
    """A letter that the carrier cannot print, and what may stand for it; None: only a person can say."""

    said: str
    instead: str | None

    @property
    def shown(self) -> str:
        """Return the letter, or its number where it cannot be seen: a mark of variation, say."""
        seen = unicodedata.category(self.said) not in {"Mn", "Cf", "Cc", "Zs", "Co"}
        return self.said if seen else f"U+{ord(self.said):04X}"


@dataclass(frozen=True)
class Doubt:
    """Something `about` a field: `kind` says what. What `blocks` keeps the files from being made."""

    about: str
    kind: str
    blocks: bool = True
    letters: tuple[Letter, ...] = ()
    detail: str = ""
    lines: tuple[str, ...] = ()
    proposal: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """A parcel and what is doubtful about it."""

    parcel: Parcel
    doubts: tuple[Doubt, ...]

    @property
    def blocks(self) -> bool:
        """Whether it keeps the files from being made."""
        return any(doubt.blocks for doubt in self.doubts)

    @property
    def proposal(self) -> dict[str, str]:
        """Return what would be corrected if every proposal were taken."""
        return {name: said for doubt in self.doubts for name, said in doubt.proposal.items()}


@dataclass(frozen=True)
class Preflight:
    """A batch's check: what is the same for all parcels, and each parcel."""

    batch: tuple[Doubt, ...]
    parcels: list[Checked]

    @property
    def ready(self) -> bool:
        """Whether the files can be made."""
        return not self.blocking and not any(doubt.blocks for doubt in self.batch)

    @property
    def doubtful(self) -> list[Checked]:
        """Return the parcels with a doubt, those that block first."""
        found = [checked for checked in self.parcels if checked.doubts]
        return sorted(found, key=lambda checked: (not checked.blocks, checked.parcel.position))

    @property
    def blocking(self) -> int:
        """Count the parcels that keep the files from being made."""
        return sum(checked.blocks for checked in self.parcels)

    @property
    def proposals(self) -> dict[int, dict[str, str]]:
        """Return what would be corrected by taking every proposal, by item."""
        return {checked.parcel.item_id: checked.proposal for checked in self.parcels if checked.proposal}


def preflight(batch: Batch) -> Preflight:
    """Check a batch as it stands: for its carrier, or for labels of our own; what goes by mail has no parcel."""
    if batch.kind == "mail":
        return Preflight((), [])
    layout = layout_of(batch.kind) if batch.kind in CARRIERS else None
    parcels = [Checked(parcel, tuple(_doubts(layout, parcel))) for parcel in parcels_of(batch)]
    return Preflight(tuple(_of_batch(layout, consignment_of(batch, ()))) if layout else (), parcels)


def consignment_of(batch: Batch, parcels: tuple[Parcel, ...] | list[Parcel]) -> Consignment:
    """Return what a batch's file is made of."""
    rows = [(parcel.position, parcel.to) for parcel in parcels]
    return Consignment(batch.kind, rows, batch.contents, batch.ship_on, batch.sender)


def _of_batch(layout: Layout, consignment: Consignment) -> Iterator[Doubt]:
    values = batch_values(consignment)
    for column in layout.columns:
        if column.source in values:
            said = written(layout, column, values[column.source])
            yield from _of_column(layout, column, said)
    if values["slip"] and layout.slips and values["slip"] not in layout.slips:
        yield Doubt("slip", "unknown")


def _of_column(layout: Layout, column: Column, said: str) -> Iterator[Doubt]:
    if column.needed and not said:
        yield Doubt(column.source, "missing")
    if column.most and layout.size(said) > column.most:
        yield Doubt(column.source, "long", detail=_most(layout, column.most))
    if letters := unsayable(said, layout.encoding):
        yield Doubt(column.source, "letters", letters=_letters(letters, layout.encoding))


def _doubts(layout: Layout | None, parcel: Parcel) -> Iterator[Doubt]:
    if parcel.status == "void":
        yield Doubt("status", "void")
    to, abroad = parcel.to, parcel.to["country"] not in ("", "JP")
    if abroad and layout:
        yield Doubt("country", "abroad")
        return
    for name in ABROAD if abroad else NEEDED:
        if not to[name]:
            yield Doubt(name, "missing")
    if not abroad:
        yield from _postal(to)
    if layout:
        yield from _for_carrier(layout, to)


def _for_carrier(layout: Layout, to: JsonObject) -> Iterator[Doubt]:
    for column in layout.columns:
        if column.source in PLAIN:
            said = written(layout, column, to[column.source])
            if column.needed and not said and column.source not in NEEDED:
                yield Doubt(column.source, "missing")
            if column.most and layout.size(said) > column.most:
                yield Doubt(column.source, "long", detail=_most(layout, column.most))
    for name in FIELDS:
        if name in ADDRESS or layout.uses(name):
            yield from _of_letters(layout, name, to[name])
    yield from _of_lines(layout, to)


def _of_letters(layout: Layout, name: str, said: str) -> Iterator[Doubt]:
    letters = unsayable(said, layout.encoding)
    if letters:
        instead = suggested(said, layout.encoding)
        proposal = {name: instead} if instead != said else {}
        yield Doubt(name, "letters", letters=_letters(letters, layout.encoding), proposal=proposal)


def _letters(letters: list[str], encoding: str) -> tuple[Letter, ...]:
    return tuple(Letter(letter, suggestion(letter, encoding)) for letter in letters)


def _of_lines(layout: Layout, to: JsonObject) -> Iterator[Doubt]:
    """Say how an address is split where it is: what fits as it was typed needs no look."""
    lines = placed(layout, to)
    if lines is None:
        sizes = "・".join(_most(layout, size) for size in layout.address_sizes)
        yield Doubt("line1", "too_long", detail=sizes)
        return
    used = [line for line in lines if line]
    if used != [part for part in parts_of(layout, to) if part]:
        yield Doubt("line1", "split", blocks=False, lines=tuple(used))


def _most(layout: Layout, most: int) -> str:
    return str(most // 2 if layout.counts == "bytes" else most)


def _postal(to: JsonObject) -> Iterator[Doubt]:
    """Hold the postal code against prefecture and city; a list of some months ago may not know a new one."""
    if not to["postal_code"]:
        return
    found = postal.addresses(to["postal_code"])
    here = [one for one in found if to["region"] in ("", one.region)]
    if not found:
        yield Doubt("postal_code", "unknown", blocks=False)
    elif not any(one.city in f"{to['city']}{to['line1']}" for one in here):
        yield Doubt("postal_code", "elsewhere", blocks=False, detail=f"{found[0].region}{found[0].city}")


def may_make_files(batch: Batch, checked: Preflight) -> bool:
    """Whether a batch's files can be downloaded now."""
    return batch.status in LOCKED and batch.kind in CARRIERS and checked.ready
