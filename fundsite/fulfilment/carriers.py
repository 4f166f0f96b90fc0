"""The files that carriers' programs read: the same parcels give the same bytes each time."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from fundsite import text
from fundsite.fulfilment.characters import unsayable
from fundsite.fulfilment.layout import Column, Layout, layout_of
from fundsite.fulfilment.lines import address_lines
from fundsite.fulfilment.recipients import FIELDS

GETA = "〓"  # what stands where the encoding can say nothing
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP can name: none of its own
SENDER = ("name", "phone", "postal_code", "address", "building")
BILLING = ("slip", "customer_code", "freight_code")


@dataclass(frozen=True)
class Consignment:
    """What a file is made of: parcels by their place, and what is the same for all of them."""

    carrier: str
    parcels: Sequence[tuple[int, Mapping[str, object]]]
    contents: str = ""
    ship_on: date | None = None
    sender: Mapping[str, str] | None = None


@dataclass(frozen=True)
class CarrierFile:
    """A file's bytes, and what the encoding could not say: reference, field and letters of each."""

    suffix: str
    content: bytes
    files: int
    parcels: int
    unsaid: tuple[tuple[str, str, str], ...]


def carrier_file(consignment: Consignment) -> CarrierFile:
    """Return the carrier's CSV, or a ZIP of numbered ones where one takes not all.

    A parcel's place decides in which file it stands, so that one that was taken out moves no other. What the encoding
    cannot say is a 〓 and is listed; the pre-flight check finds it before.
    """
    layout = layout_of(consignment.carrier)
    files = [_csv(layout, consignment, parcels) for parcels in _split(layout, consignment.parcels)]
    unsaid, count = tuple(_unsaid(layout, consignment)), len(consignment.parcels)
    if len(files) == 1:
        return CarrierFile("csv", files[0], 1, count, unsaid)
    return CarrierFile("zip", _zip(consignment.carrier, files), len(files), count, unsaid)


def _split(
    layout: Layout, parcels: Sequence[tuple[int, Mapping[str, object]]]
) -> list[list[tuple[int, Mapping[str, object]]]]:
    chunks: dict[int, list[tuple[int, Mapping[str, object]]]] = {}
    for position, parcel in sorted(parcels, key=lambda one: one[0]):
        chunks.setdefault((position - 1) // layout.rows if layout.rows else 0, []).append((position, parcel))
    return list(chunks.values()) or [[]]


def _csv(layout: Layout, consignment: Consignment, parcels: Sequence[tuple[int, Mapping[str, object]]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(column.title for column in layout.columns)
    for _position, parcel in parcels:
        writer.writerow(row_of(layout, consignment, parcel))
    return _said(out.getvalue(), layout.encoding)


def _said(content: str, encoding: str) -> bytes:
    gone = str.maketrans(dict.fromkeys(set(unsayable(content, encoding)) - {"\r", "\n"}, GETA))
    return content.translate(gone).encode(encoding)


def _zip(name: str, files: Sequence[bytes]) -> bytes:
    """Nothing is compressed: what a library makes of the same bytes may differ from one version to the next."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for number, content in enumerate(files, 1):
            entry = zipfile.ZipInfo(f"{name}-{number:02}.csv", LONG_AGO)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def row_of(layout: Layout, consignment: Consignment, parcel: Mapping[str, object]) -> list[str]:
    """Return what stands in each column for a parcel."""
    values = {**batch_values(consignment), **_values(parcel)}
    # What does not fit stands there whole: the carrier's program says so, and nothing of it is lost.
    lines = iter(placed(layout, parcel) or parts_of(layout, parcel))
    return [
        next(lines, "") if column.source == "address" else written(layout, column, values.get(column.source, ""))
        for column in layout.columns
    ]


def placed(layout: Layout, parcel: Mapping[str, object]) -> list[str] | None:
    """Return a parcel's address in the carrier's lines; None where it does not fit."""
    return address_lines(parts_of(layout, parcel), layout.address_sizes, layout.size)


def parts_of(layout: Layout, parcel: Mapping[str, object]) -> list[str]:
    """Return the parts of an address, each of which begins a line where there are enough."""
    return ["".join(str(parcel[name]) for name in part) for part in layout.address]


def batch_values(consignment: Consignment) -> dict[str, object]:
    """Return what is the same for every parcel, by the names that layouts use."""
    sender = consignment.sender or {}
    own = {f"sender_{name}": sender.get(name, "") for name in SENDER}
    billing = {name: sender.get(name, "") for name in BILLING}
    return {**own, **billing, "contents": consignment.contents, "ship_on": consignment.ship_on}


def _values(parcel: Mapping[str, object]) -> dict[str, object]:
    said = {name: parcel[name] for name in (*FIELDS, "kana", "reference")}
    many = f"×{parcel['quantity']}" if parcel["quantity"] != 1 else ""
    return {**said, "goods": f"{parcel['reward']}{many}"}


def written(layout: Layout, column: Column, value: object) -> str:
    """Return a value as a column takes it."""
    if column.form == "digits":
        return str(value).replace("-", "")
    if column.form == "half_width_kana":
        value = text.half_width_kana(str(value))
    elif column.form:
        value = f"{value:{column.form}}" if isinstance(value, date) else ""
    said = "" if value is None else str(value)
    while column.cut and layout.size(said) > column.most:
        said = said[:-1]
    return said


def _unsaid(layout: Layout, consignment: Consignment) -> Iterator[tuple[str, str, str]]:
    for _position, parcel in consignment.parcels:
        for column, cell in zip(layout.columns, row_of(layout, consignment, parcel), strict=True):
            if letters := unsayable(cell, layout.encoding):
                yield str(parcel["reference"]), column.title, "".join(letters)
