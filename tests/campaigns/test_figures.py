"""How far a campaign has come, and what is left of it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundsite.campaigns.figures import progress, time_left
from fundsite.clock import end_of_day

TOKYO = ZoneInfo("Asia/Tokyo")
GOAL, NEXT = (5_000_000, "", ""), (15_000_000, "次へ", "<p>次へ</p>")
START = datetime(2026, 9, 24, tzinfo=UTC)
END = end_of_day(date(2026, 12, 13), TOKYO)


def test_nothing_raised_is_an_empty_bar():
    found = progress(0, 0, [GOAL])
    assert (found.percent, found.fill, found.current.missing) == (0, 0, 5_000_000)
    assert [target.at for target in found.targets] == [1000]


def test_one_yen_short_of_the_goal_is_not_yet_a_hundred_percent():
    found = progress(4_999_999, 800, [GOAL])
    assert found.percent == 99
    assert not found.targets[0].reached
    assert found.targets[0].missing == 1


def test_the_goal_is_reached_to_the_yen():
    found = progress(5_000_000, 800, [GOAL])
    assert found.percent == 100
    assert found.targets[0].reached
    assert found.current is None


def test_past_the_first_goal_the_bar_shows_how_far_to_the_next():
    found = progress(9_000_000, 842, [GOAL, NEXT])
    assert (found.percent, found.fill) == (180, 600)
    assert [(target.number, target.reached, target.missing, target.at) for target in found.targets] == [
        (0, True, 0, 333),
        (1, False, 6_000_000, 1000),
    ]
    assert found.current.title == "次へ"


def test_past_the_last_goal_the_bar_is_full_and_the_goals_move_left():
    found = progress(30_000_000, 842, [GOAL, NEXT])
    assert (found.percent, found.fill) == (600, 1000)
    assert [target.at for target in found.targets] == [166, 500]


@given(st.integers(0, 10**12), st.lists(st.integers(1, 10**10), min_size=1, max_size=5, unique=True))
def test_the_bar_never_leaves_its_length_and_what_is_missing_adds_up(raised, amounts):
    found = progress(raised, 1, [(amount, "", "") for amount in sorted(amounts)])
    assert 0 <= found.fill <= 1000
    for target in found.targets:
        assert 0 <= target.at <= 1000
        assert target.reached == (target.missing == 0)
        assert target.missing == max(target.amount - raised, 0)
        assert target.reached == (found.fill >= target.at) or found.fill == target.at


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (START - timedelta(days=3), ("upcoming", "days", 3)),
        (START - timedelta(minutes=1), ("upcoming", "days", 0)),
        (START, ("open", "days", 80)),
        (END - timedelta(days=2), ("open", "days", 2)),
        (END - timedelta(days=1, seconds=1), ("open", "days", 1)),
        (END - timedelta(days=1), ("open", "hours", 24)),
        (END - timedelta(hours=1, seconds=1), ("open", "hours", 1)),
        (END - timedelta(hours=1), ("open", "minutes", 61)),
        (END - timedelta(minutes=1), ("open", "minutes", 2)),
        (END - timedelta(seconds=1), ("open", "minutes", 1)),
        (END, ("ended", "none", 0)),
        (END + timedelta(days=9), ("ended", "none", 0)),
    ],
)
def test_what_is_left_is_said_in_days_then_hours_then_minutes(now, left):
    found = time_left(now, START, END, TOKYO)
    assert (found.status, found.unit, found.count) == left


def test_without_an_end_a_campaign_stays_open():
    assert time_left(START + timedelta(days=9999), START, None, TOKYO).status == "open"
    assert time_left(START + timedelta(days=9999), START, None, TOKYO).unit == "none"


@given(st.integers(0, 81 * 24 * 60), st.integers(0, 59))
def test_while_a_campaign_is_open_something_is_always_left(minutes, seconds):
    found = time_left(START + timedelta(minutes=minutes, seconds=seconds), START, END, TOKYO)
    assert (found.status == "ended") == (found.count == 0)
