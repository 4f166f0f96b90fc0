"""Periods of a subscription: from the day it began, by whole months, weeks or days."""

import calendar
from datetime import UTC, datetime, timedelta

from fundsite.sandbox.catalogue import JSON


def end_of(anchor: int, recurring: JSON, start: int) -> int:
    """Return when the period that begins at `start` ends.

    A month that is too short ends the period on its last day, and later ones return to the day of the anchor.
    """
    every, count = recurring["interval"], recurring["interval_count"]
    began, first = (datetime.fromtimestamp(moment, UTC) for moment in (start, anchor))
    if every in ("day", "week"):
        return int((began + timedelta(days=count * (7 if every == "week" else 1))).timestamp())
    months = began.month - 1 + count * (12 if every == "year" else 1)
    year, month = began.year + months // 12, months % 12 + 1
    day = min(first.day, calendar.monthrange(year, month)[1])
    return int(began.replace(year=year, month=month, day=day).timestamp())
