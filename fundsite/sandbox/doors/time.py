"""The sandbox's clock, which can only go forward."""

from typing import Any

from fundsite.sandbox import jobs
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.doors.body import asked

UNITS = {"seconds": 1, "hours": 3600, "days": 86400}


def show_clock(box: Sandbox) -> JSON:
    return {"now": box.clock.seconds(), "ahead": box.clock.ahead}


def move_clock(box: Sandbox) -> JSON:
    """Go forward by `seconds`, `hours` and `days`, or `to` a moment (Unix time); what falls due happens on the way."""
    given = asked("to", *UNITS)
    target = given.get("to", box.clock.now()) + sum(given.get(unit, 0) * size for unit, size in UNITS.items())
    if target < box.clock.now() - 1:
        raise ValueError("The clock can only go forward.")
    jobs.move_clock(box, target)
    box.remember("clock", {"ahead": box.clock.ahead})
    box.nudge.set()
    return show_clock(box)


DOORS: tuple[tuple[str, str, Any], ...] = (
    ("clock", "GET", show_clock),
    ("clock", "POST", move_clock),
)
