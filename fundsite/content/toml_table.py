"""Reading TOML so that each complaint names file, key and reason."""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fundsite.clock import end_of_day, start_of_day
from fundsite.db import month_start
from fundsite.errors import ContentError

MOST = 1_000_000_000_000  # of yen: more than any campaign, less than a database column holds
MOST_PIECES = 1_000_000_000
# What neither a database nor a feed can hold.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Table:
    """One table of a file. Every key is read once; `close` refuses those that nobody asked for."""

    def __init__(self, path: Path, values: dict[str, Any], zone: ZoneInfo, prefix: str = "") -> None:
        """`prefix` is where in the file the table stands."""
        self.path, self.zone, self.prefix = path, zone, prefix
        self._left = dict(values)

    def refuse(self, key: str, reason: str) -> ContentError:
        """Return the error that names file, key and reason."""
        return ContentError(f"{self.path}: {self.prefix}{key}: {reason}")

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; required unless there is a default."""
        value = self._left.pop(key, default)
        if value is None:
            raise self.refuse(key, "is missing")
        if not isinstance(value, str):
            raise self.refuse(key, "is not a text")
        if CONTROL.search(value):
            raise self.refuse(key, "holds a control character")
        return value.strip("\n")

    def web_address(self, key: str, default: str | None = None) -> str:
        """Return a link's target; anything but http(s) and mail could run as a script."""
        value = self.text(key, default)
        if value and not value.startswith(("https://", "http://", "mailto:")):
            raise self.refuse(key, f"{value!r} is not an address such as https://example.org")
        return value

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        """Return one of the allowed words, the first of which is the default."""
        value = self.text(key, allowed[0])
        if value not in allowed:
            raise self.refuse(key, f"{value!r} is none of {', '.join(allowed)}")
        return value

    def whole(self, key: str, least: int, most: int = MOST) -> int:
        """Return a whole number of at least `least` and at most `most`."""
        value = self.whole_or_none(key, least, most)
        if value is None:
            raise self.refuse(key, "is missing")
        return value

    def whole_or_none(self, key: str, least: int, most: int = MOST) -> int | None:
        """Return a whole number of at least `least` and at most `most`, or None where the key is absent."""
        value = self._left.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.refuse(key, f"is not a whole number of at least {least} and at most {most}")
        return value

    def flag(self, key: str) -> bool:
        """Return a truth value; absent means false."""
        value = self._left.pop(key, False)
        if not isinstance(value, bool):
            raise self.refuse(key, "is neither true nor false")
        return value

    def moment(self, key: str, *, end: bool = False) -> datetime:
        """Return a moment in UTC; a day means its beginning, or its end with `end`."""
        value = self.moment_or_none(key, end=end)
        if value is None:
            raise self.refuse(key, "is missing")
        return value

    def moment_or_none(self, key: str, *, end: bool = False) -> datetime | None:
        """Return a moment in UTC, or None where the key is absent."""
        value = self._left.pop(key, None)
        if isinstance(value, str):
            value = self._parsed(key, value)
        if value is None:
            return None
        try:
            if isinstance(value, datetime):
                return (value if value.tzinfo else value.replace(tzinfo=self.zone)).astimezone(UTC)
            if isinstance(value, date):
                return end_of_day(value, self.zone) if end else start_of_day(value, self.zone)
        except OverflowError:
            raise self.refuse(key, f"{value} is outside the calendar") from None
        raise self.refuse(key, "is neither a day nor a time")

    def _parsed(self, key: str, value: str) -> date:
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise self.refuse(key, f"{value!r} is neither a day nor a time") from None
        only_day = found.time() == time.min and found.tzinfo is None and ":" not in value
        return found.date() if only_day else found

    def month_or_none(self, key: str) -> date | None:
        """Return the first day of a month such as "2027-05", or None where the key is absent or empty."""
        value = self.text(key, "")
        if not value:
            return None
        try:
            return month_start(value)
        except ValueError:
            raise self.refuse(key, f"{value!r} is not a month such as 2027-05") from None

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; absent means empty."""
        value = self._left.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.refuse(key, "is not a list of texts")
        return value

    def text_or_texts(self, key: str) -> list[str]:
        """Return a list of texts, also where there is one text alone; absent means empty."""
        if isinstance(self._left.get(key), str):
            return [self.text(key)]
        return self.texts(key)

    def table(self, key: str) -> "Table":
        """Return the table under a key; absent means empty."""
        value = self._left.pop(key, {})
        if not isinstance(value, dict):
            raise self.refuse(key, "is not a table")
        return Table(self.path, value, self.zone, f"{self.prefix}{key}.")

    def tables(self, key: str) -> Iterator["Table"]:
        """Yield the tables of a list; absent means none."""
        value = self._left.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.refuse(key, "is not a list of tables")
        for number, item in enumerate(value, 1):
            yield Table(self.path, item, self.zone, f"{self.prefix}{key}[{number}].")

    def close(self) -> None:
        """Refuse a key that nobody asked for: it is a spelling mistake or a wish that would go unheard."""
        for key in self._left:
            raise self.refuse(key, "is no key that is known here")


def read_text(path: Path) -> str:
    """Return a file's text; ContentError if it cannot be read as UTF-8."""
    try:
        text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise ContentError(f"{path}: is missing") from None
    except UnicodeDecodeError:
        raise ContentError(f"{path}: is not UTF-8 text") from None
    except OSError as error:
        raise ContentError(f"{path}: cannot be read: {error.strerror}") from None
    if CONTROL.search(text):
        raise ContentError(f"{path}: holds a control character")
    return text


def parse_toml(path: Path, text: str, zone: ZoneInfo) -> Table:
    """Return the whole of a TOML text; ContentError with the place of the mistake."""
    try:
        return Table(path, tomllib.loads(text), zone)
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{path}: is not TOML: {error}") from None
