"""An event as people write it in a letter: a line 【イベント】 and lines such as 日時: below it; in English too."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

_HEAD = re.compile(
    r"[ \u3000]{0,3}[【\[][ \u3000]?(?P<word>イベント|Event)[ \u3000]?[】\]][ \u3000]*(?P<title>.{0,200}?)[ \u3000]*$",
    re.IGNORECASE,
)
_KEYS = (
    "イベント名|題名|日時|開催日時|場所|会場|対象|定員|参加費|費用|持ち物|内容|締切|申込|申し込み|申込み"
    "|お申し込み|お申込み|問い合わせ|お問い合わせ|備考"
    "|Title|Date and time|Date|When|Place|Venue|Where|For|Capacity|Fee|What to bring|About|Deadline"
    "|Booking|Sign-up|Contact|Note"
)
_FIELD = re.compile(
    rf"[ \u3000]{{0,3}}(?:[・-][ \u3000]?)?({_KEYS})[ \u3000]*[:：][ \u3000]*(\S.{{0,1000}}?)[ \u3000]*$",
    re.IGNORECASE,
)
NOON = 12
_TITLES = {"イベント名", "題名", "title"}
_TIMES = {"日時", "開催日時", "date and time", "date", "when"}
_PLACES = {"場所", "会場", "place", "venue", "where"}

_DAY = r"(?:(?P<{0}y>\d{{4}})[年/.\-] ?(?P<{0}m>\d{{1,2}})[月/.\-] ?(?P<{0}d>\d{{1,2}})日? ?(?:\([^()]{{1,10}}\))?)"
_HOUR = (
    r"(?:(?P<{0}half>午前|午後|AM|PM) ?)?(?P<{0}h>\d{{1,2}})"
    r"(?::(?P<{0}min>\d{{2}})|時(?:(?P<{0}min2>\d{{1,2}})分|(?P<{0}thirty>半))?)"
)
_WHEN = re.compile(
    _DAY.format("a")
    + rf"(?:[ ,、]*{_HOUR.format('a')})?"
    + rf"(?: ?(?:[~〜\-–—―−ー]|から) ?(?:{_DAY.format('b')}[ ,、]*)?(?:{_HOUR.format('b')})?)?"
)


@dataclass(frozen=True)
class Event:
    """An event. `starts` and `ends` are local: times, or days where no time was written; None where none was read."""

    title: str
    fields: tuple[tuple[str, str], ...]
    starts: datetime | date | None
    ends: datetime | date | None
    in_english: bool = False

    @property
    def place(self) -> str:
        """Where it is, or nothing."""
        return next((value for key, value in self.fields if key.lower() in _PLACES), "")


@dataclass(frozen=True)
class Found:
    """An event and the lines of the text that it takes."""

    event: Event
    first: int
    after: int


def events_in(lines: list[str]) -> Iterator[Found]:
    """Find the events of a text."""
    number = 0
    while number < len(lines):
        head = _HEAD.match(lines[number])
        fields, after = _fields(lines, number + 1) if head else ([], number + 1)
        if head and fields:
            yield Found(_event(head["title"], fields, head["word"].isascii()), number, after)
        number = after


def _fields(lines: list[str], first: int) -> tuple[list[tuple[str, str]], int]:
    """Read the lines under a head; one blank line between them does no harm."""
    fields, after, number = [], first, first
    while number < len(lines):
        field = _FIELD.match(lines[number])
        if field:
            fields.append((field[1], field[2]))
            after = number + 1
        elif lines[number].strip() or number != after:
            break
        number += 1
    return fields, after


def _event(title: str, fields: list[tuple[str, str]], in_english: bool) -> Event:
    named = next((value for key, value in fields if key.lower() in _TITLES), "")
    written = next((value for key, value in fields if key.lower() in _TIMES), "")
    starts, ends = when(written)
    shown = tuple((key, value) for key, value in fields if key.lower() not in _TITLES or title)
    return Event(title or named or ("Event" if in_english else "イベント"), shown, starts, ends, in_english)


def when(written: str) -> tuple[datetime | date | None, datetime | date | None]:
    """Return beginning and end, as a person would read them; None for what is not there or cannot be."""
    found = _WHEN.search(unicodedata.normalize("NFKC", written))
    if found is None:
        return None, None
    try:
        return _span(found)
    except ValueError:
        return None, None


def _span(found: re.Match[str]) -> tuple[datetime | date, datetime | date | None]:
    first_day = _day(found, "a")
    last_day = _day(found, "b") if found["by"] else first_day
    if found["ah"] is None:
        return first_day, last_day if last_day > first_day else None
    starts = datetime.combine(first_day, _hour(found, "a"))
    if found["bh"] is None:
        return starts, None
    ends = datetime.combine(last_day, _hour(found, "b", later_than=starts.time()))
    return starts, ends if ends > starts else None


def _day(found: re.Match[str], part: str) -> date:
    return date(int(found[f"{part}y"]), int(found[f"{part}m"]), int(found[f"{part}d"]))


def _hour(found: re.Match[str], part: str, later_than: time | None = None) -> time:
    hour = int(found[f"{part}h"])
    minute = 30 if found[f"{part}thirty"] else int(found[f"{part}min"] or found[f"{part}min2"] or 0)
    half = found[f"{part}half"]
    if half in {"午後", "PM"} and hour < NOON:
        hour += NOON
    elif half is None and later_than and hour < NOON and later_than.hour >= NOON and found["ahalf"]:
        hour += NOON  # 午後1時〜3時
    return time(hour, minute)
