"""Who carries a parcel, and where its way can be looked up: read from a table in layouts/."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MAIL = "mail"  # what goes by mail is carried by nobody
USUAL = {"b2cloud": "yamato", "clickpost": "japanpost", "yupri": "japanpost"}
LANGUAGES = {"ja": "ja", "en": "en"}
_DASHES = re.compile(r"[\s\u2010-\u2015\u2212\u30fc\u002d]")


@dataclass(frozen=True)
class Courier:
    """A courier: its link to a parcel's way ("": none), and what its numbers look like."""

    name: str
    link: str
    number: re.Pattern[str]
    check: str

    def url(self, number: str, locale: str) -> str:
        """Return where a parcel's way is shown; "" where it cannot be looked up."""
        return self.link.format(number=number, locale=LANGUAGES.get(locale, "en")) if number else ""

    def has_shape(self, number: str) -> bool:
        """Whether the number looks like one of this courier's."""
        return self.number.fullmatch(number) is not None

    def is_sound(self, number: str) -> bool:
        """Whether the number looks like one and its check digit is right."""
        wrong = self.check == "seven" and self.has_shape(number) and int(number[:-1]) % 7 != int(number[-1])
        return self.has_shape(number) and not wrong


@cache
def couriers() -> dict[str, Courier]:
    """Return every courier by its short name."""
    with (Path(__file__).parent / "layouts" / "couriers.toml").open("rb") as file:
        rows = tomllib.load(file)
    return {
        name: Courier(name, row.get("link", ""), re.compile(row["number"]), row.get("check", ""))
        for name, row in rows.items()
    }


def usual_courier(kind: str) -> str:
    """Return who carries what goes out with a batch of this kind, unless staff say otherwise."""
    return USUAL.get(kind, "japanpost")


def plain_number(typed: str) -> str:
    """Return a tracking number as it is kept: no dashes, no blanks, half-width, in capitals."""
    return _DASHES.sub("", unicodedata.normalize("NFKC", typed)).strip("'\"=").upper()


def tracking_url(carrier: str, number: str, locale: str = "ja") -> str:
    """Return where the way of a shipment is shown; "" where it cannot be looked up."""
    courier = couriers().get(carrier)
    return courier.url(number, locale) if courier else ""
