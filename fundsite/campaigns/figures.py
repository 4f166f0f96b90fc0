"""How far a campaign has come: pure arithmetic on integers, nothing stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from fundsite.clock import local_day

Status = Literal["upcoming", "open", "ended"]

PERMILLE = 1000


@dataclass(frozen=True)
class Target:
    """One target on the bar: the goal (`number` 0) or a next goal (1, 2, …)."""

    number: int
    amount: int
    title: str
    body_html: str
    reached: bool
    missing: int  # in the currency's minor unit; 0 once reached
    at: int  # where it stands on the bar, in thousandths of its length


@dataclass(frozen=True)
class Progress:
    """What the bar shows. Money is in the currency's minor unit, positions are thousandths of the bar."""

    raised: int
    goal: int
    backers: int
    percent: int  # of the first goal, rounded down: 99.9 % is not yet 100
    fill: int
    targets: tuple[Target, ...]

    @property
    def current(self) -> Target | None:
        """The target that is being worked towards; None once all are reached."""
        return next((target for target in self.targets if not target.reached), None)


def progress(raised: int, backers: int, targets: list[tuple[int, str, str]]) -> Progress:
    """Measure `raised` against `targets` (amount, title, body as HTML), the goal first and each next one higher."""
    goal, top = targets[0][0], targets[-1][0]
    scale = max(top, raised, 1)
    return Progress(
        raised=raised,
        goal=goal,
        backers=backers,
        percent=raised * 100 // goal,
        fill=raised * PERMILLE // scale,
        targets=tuple(
            Target(number, amount, title, body, raised >= amount, max(amount - raised, 0), amount * PERMILLE // scale)
            for number, (amount, title, body) in enumerate(targets)
        ),
    )


@dataclass(frozen=True)
class TimeLeft:
    """What is left until the end, in the unit a person would use: days, and hours on the last day."""

    status: Status
    unit: Literal["days", "hours", "minutes", "none"]
    count: int


def time_left(now: datetime, starts_at: datetime, ends_at: datetime | None, zone: ZoneInfo) -> TimeLeft:
    """Say whether a campaign is open and what is left of it. Without `ends_at` it is open for good."""
    if now < starts_at:
        return TimeLeft("upcoming", "days", max((local_day(starts_at, zone) - local_day(now, zone)).days, 0))
    if ends_at is None:
        return TimeLeft("open", "none", 0)
    if now >= ends_at:
        return TimeLeft("ended", "none", 0)
    left = ends_at - now
    if left > timedelta(days=1):
        return TimeLeft("open", "days", left.days)
    if left > timedelta(hours=1):
        return TimeLeft("open", "hours", left // timedelta(hours=1))
    return TimeLeft("open", "minutes", left // timedelta(minutes=1) + 1)
