"""The books added up: per day of the site's time zone, per campaign, in total. The database adds them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from fundsite import clock
from fundsite.books.models import LedgerEntry
from fundsite.db import db

# Under which heading each kind of entry is added up.
HEADINGS = {
    "charge": "gross",
    "fee": "fees",
    "dispute_fee": "fees",
    "fee_returned": "fees",
    "refund": "refunds",
    "refund_failed": "refunds",
    "dispute": "disputes",
    "dispute_returned": "disputes",
    "offline": "offline",
    "offline_refund": "offline",
}


@dataclass(frozen=True)
class Sums:
    """Signed sums in the minor unit: what takes money is negative."""

    gross: int = 0
    fees: int = 0
    refunds: int = 0
    disputes: int = 0
    offline: int = 0

    @property
    def net(self) -> int:
        """What is left of all of it."""
        return self.gross + self.fees + self.refunds + self.disputes + self.offline


@dataclass(frozen=True)
class Day:
    """What was booked on a day."""

    day: date
    sums: Sums


def sums_by_day(campaign_id: int, zone: ZoneInfo) -> list[Day]:
    """Return the days on which something moved, the newest first."""
    entries = (
        select(local_day_of(LedgerEntry.occurred_at, zone).label("day"), LedgerEntry.kind, LedgerEntry.amount)
        .where(LedgerEntry.campaign_id == campaign_id)
        .subquery()
    )
    rows = select(entries.c.day, entries.c.kind, func.sum(entries.c.amount)).group_by(entries.c.day, entries.c.kind)
    found = _gathered(db.session.execute(rows))
    return [Day(day, found[day]) for day in sorted(found, reverse=True)]


def sums_by_campaign() -> dict[int, Sums]:
    """Return the sums of every campaign that has entries, by its number."""
    rows = select(LedgerEntry.campaign_id, LedgerEntry.kind, func.sum(LedgerEntry.amount))
    return _gathered(db.session.execute(rows.group_by(LedgerEntry.campaign_id, LedgerEntry.kind)))


def _gathered(rows: Iterable[Any]) -> dict[Any, Sums]:
    found: dict[Any, Sums] = {}
    for key, kind, amount in rows:
        heading, before = HEADINGS[kind], found.get(key, Sums())
        found[key] = replace(before, **{heading: getattr(before, heading) + int(amount)})
    return found


def total_of(days: Iterable[Day]) -> Sums:
    """Add days up."""
    total = Sums()
    for day in days:
        total = replace(total, **{name: getattr(total, name) + getattr(day.sums, name) for name in vars(total)})
    return total


def local_day_of(
    column: InstrumentedAttribute[datetime | None] | InstrumentedAttribute[datetime], zone: ZoneInfo
) -> ColumnElement[date]:
    """Return the calendar day in `zone`; SQLite, which knows no zones, takes the present offset (ours never moves)."""
    if db.engine.dialect.name == "sqlite":
        offset = clock.now().astimezone(zone).utcoffset()
        minutes = int(offset.total_seconds() // 60) if offset else 0
        return func.date(column, f"{minutes:+d} minutes", type_=Date())
    return cast(func.timezone(zone.key, column), Date())
