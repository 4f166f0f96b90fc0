"""Days put side by side: none left out, and gathered into weeks or months where there are too many to see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from fundsite.pledges.figures_by_day import DayFigures

DAYS_TO_SEE, WEEKS_TO_SEE = 100, 80
WEEK = 7


@dataclass(frozen=True)
class Period:
    """A day, or the week or month that begins on it: what was given in it, and in all until its end."""

    start: date
    amount: int
    backers: int
    amount_so_far: int
    backers_so_far: int


def every_day(figures: Sequence[DayFigures], first: date, last: date) -> list[Period]:
    """Return each day from `first` (or an earlier one with figures) to `last` (or a later one)."""
    known = {figure.day: figure for figure in figures}
    days, amount, backers = [], 0, 0
    for day in _days(min([first, *known]), max([last, *known])):
        found = known.get(day, DayFigures(day, 0, 0))
        amount, backers = amount + found.amount, backers + found.backers
        days.append(Period(day, found.amount, found.backers, amount, backers))
    return days


def unit_for(days: int) -> str:
    """Return in what a span of days is best seen: "day", "week" or "month"."""
    if days <= DAYS_TO_SEE:
        return "day"
    return "week" if days <= WEEKS_TO_SEE * WEEK else "month"


def starts(first: date, last: date, unit: str) -> list[date]:
    """Return where each period of a span begins."""
    return [key for key, _days_of_it in groupby(_days(first, last), key=lambda day: _start(day, unit))]


def gathered(days: Sequence[Period], unit: str) -> list[Period]:
    """Gather days into periods of `unit`."""
    periods = []
    for start, part in groupby(days, key=lambda day: _start(day.start, unit)):
        of_it = list(part)
        amount, backers = sum(day.amount for day in of_it), sum(day.backers for day in of_it)
        periods.append(Period(start, amount, backers, of_it[-1].amount_so_far, of_it[-1].backers_so_far))
    return periods


def _start(day: date, unit: str) -> date:
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if unit == "week" else day


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
