"""What was given: by day, by reward, by origin. The database adds up; no row of a pledge is loaded."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from fundsite.books.days import local_day_of
from fundsite.db import db
from fundsite.pledges.models import Pledge

KEPT = Pledge.total - Pledge.refunded


@dataclass(frozen=True)
class DayFigures:
    """What was paid on one day of the site's time zone, in the currency's minor unit, and by how many."""

    day: date
    amount: int
    backers: int


@dataclass(frozen=True)
class OriginFigures:
    """What came from one place; all four words are empty where nothing is known."""

    utm_source: str
    utm_medium: str
    utm_campaign: str
    referrer_host: str
    amount: int
    backers: int


@dataclass(frozen=True)
class Unsettled:
    """Pledges that wait for somebody: pending after their time, and payments that are still to be given back."""

    overdue: int
    refund_due: int


def figures_by_day(campaign_id: int, zone: ZoneInfo) -> tuple[DayFigures, ...]:
    """Return the days on which something was paid, the oldest first."""
    days = (
        select(local_day_of(Pledge.counted_at, zone).label("day"), KEPT.label("total"))
        .where(Pledge.campaign_id == campaign_id, Pledge.counted.is_(True))
        .subquery()
    )
    amount = func.sum(days.c.total)
    rows = select(days.c.day, amount, func.count()).group_by(days.c.day).order_by(days.c.day)
    return tuple(DayFigures(day, int(total), backers) for day, total, backers in db.session.execute(rows))


def amounts_by_reward(campaign_id: int) -> dict[int | None, tuple[int, int]]:
    """Return money (extras included) and backers by the id of the reward; None stands for pledges without one."""
    rows = (
        select(Pledge.reward_id, func.sum(KEPT), func.count())
        .where(Pledge.campaign_id == campaign_id, Pledge.counted.is_(True))
        .group_by(Pledge.reward_id)
    )
    return {reward_id: (int(total), backers) for reward_id, total, backers in db.session.execute(rows)}


def figures_by_origin(campaign_id: int) -> tuple[OriginFigures, ...]:
    """Return what came from where, the most money first."""
    words = (Pledge.utm_source, Pledge.utm_medium, Pledge.utm_campaign, Pledge.referrer_host)
    amount = func.sum(KEPT)
    rows = (
        select(*words, amount, func.count())
        .where(Pledge.campaign_id == campaign_id, Pledge.counted.is_(True))
        .group_by(*words)
        .order_by(amount.desc(), *words)
    )
    return tuple(
        OriginFigures(source, medium, campaign, host, int(total), backers)
        for source, medium, campaign, host, total, backers in db.session.execute(rows)
    )


def unsettled(campaign_id: int, overdue_since: datetime) -> Unsettled:
    """Count what waits: pledges still unpaid whose hold ended before `overdue_since`, and refunds due."""
    overdue = Pledge.status.in_(("pending", "waiting")) & (Pledge.hold_until < overdue_since)
    rows = select(func.count().filter(overdue), func.count().filter(Pledge.status == "refund_due")).where(
        Pledge.campaign_id == campaign_id, Pledge.status.in_(("pending", "waiting", "refund_due"))
    )
    counted = db.session.execute(rows).one()
    return Unsettled(*counted)
