"""The ways to pay: which are offered, and until when one that is paid later can be paid.

The rule for deadlines: a code for the convenience store lives until the end of the third day after it was given out,
an account for a transfer until the end of the seventh. Towards the end of a campaign that becomes less, and never goes
past the closing day by more than what people need: one day for a store, three for a bank.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fundsite import clock
from fundsite.settings import current_settings

JAPAN = ZoneInfo("Asia/Tokyo")  # in which stores and banks reckon, wherever the site is
LIVES = {"konbini": (1, 3), "bank": (3, 7)}  # days after today: at least, usually
KONBINI_LEAST, KONBINI_MOST = 120, 300_000  # of yen [Stripe, payments/konbini]
LAST_SECOND = time(23, 59, 59)
TEN = 10  # o'clock: when people are reminded


def offered(total: int, currency: str = "JPY") -> tuple[str, ...]:
    """Return the ways in which an amount can be paid on this site."""
    later = {"konbini": KONBINI_LEAST <= total <= KONBINI_MOST, "bank": True}
    yen = currency == "JPY"
    return tuple(name for name in current_settings().payment_methods if name == "card" or (yen and later[name]))


def days_to_pay(method: str, since: datetime, closing: datetime | None) -> int:
    """Return for how many days after its own a code lives; `closing` is a moment of the closing day."""
    least, usual = LIVES[method]
    if closing is None:
        return usual
    left = (clock.local_day(closing, JAPAN) - clock.local_day(since, JAPAN)).days
    return min(max(least, left), usual)


def last_day(method: str, since: datetime, closing: datetime | None) -> date:
    """Return the day at whose end a code is over."""
    return clock.local_day(since, JAPAN) + timedelta(days=days_to_pay(method, since, closing))


def end_of(day: date) -> datetime:
    """Return a day's last second in Japan, as Stripe reckons too."""
    return datetime.combine(day, LAST_SECOND, JAPAN).astimezone(UTC)


def remind_at(until: datetime, given_at: datetime) -> datetime:
    """Return ten o'clock of the day before the last, or of the last day itself where the code is as young as that."""
    last = clock.local_day(until, JAPAN)
    before = datetime.combine(last - timedelta(days=1), time(TEN), JAPAN)
    on_the_day = datetime.combine(last, time(TEN), JAPAN)
    return (before if before - given_at > timedelta(hours=6) else on_the_day).astimezone(UTC)
