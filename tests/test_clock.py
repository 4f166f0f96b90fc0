"""Days in the site's time zone, moments in UTC."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from fundsite.clock import end_of_day, local_day, now, start_of_day
from fundsite.db import Moment, month_start

TOKYO = ZoneInfo("Asia/Tokyo")


def test_now_is_aware_and_utc():
    assert now().tzinfo is UTC


def test_a_closing_day_ends_with_the_day_in_tokyo():
    assert end_of_day(date(2026, 12, 13), TOKYO) == datetime(2026, 12, 13, 15, tzinfo=UTC)
    assert start_of_day(date(2026, 12, 13), TOKYO) == datetime(2026, 12, 12, 15, tzinfo=UTC)


def test_the_day_of_a_moment_is_the_day_in_tokyo():
    assert local_day(datetime(2026, 12, 13, 14, 59, 59, tzinfo=UTC), TOKYO) == date(2026, 12, 13)
    assert local_day(datetime(2026, 12, 13, 15, tzinfo=UTC), TOKYO) == date(2026, 12, 14)


def test_a_day_may_be_longer_where_clocks_change():
    berlin = ZoneInfo("Europe/Berlin")
    day = date(2026, 10, 25)
    assert (end_of_day(day, berlin) - start_of_day(day, berlin)).total_seconds() == 25 * 3600


def test_a_time_without_a_zone_never_reaches_the_database():
    with pytest.raises(ValueError, match="time zone"):
        Moment().process_bind_param(datetime(2026, 1, 1), None)  # noqa: DTZ001 - that is the mistake


def test_a_month_is_its_first_day():
    assert month_start("2027-05") == date(2027, 5, 1)
    with pytest.raises(ValueError, match="may 2027"):
        month_start("may 2027")
