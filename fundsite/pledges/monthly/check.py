"""Recounting what support month by month leaves: who goes on has a subscription and has paid."""

from collections.abc import Iterator

from sqlalchemy import and_, func, select

from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.monthly.models import MonthlySupport

MONTHLY = ("active", "past_due", "ended")


def monthly_differences() -> Iterator[str]:
    """Yield each difference. What was written without a checkout (the demo's history) has no subscription."""
    yield from _without_subscription()
    yield from _without_payment()
    yield from _in_the_wrong_campaign()


def _without_subscription() -> Iterator[str]:
    rows = (
        select(Pledge.reference, Pledge.status)
        .outerjoin(MonthlySupport, MonthlySupport.pledge_id == Pledge.id)
        .where(Pledge.status.in_(MONTHLY), Pledge.checkout_session_id.is_not(None))
        .where(Pledge.subscription_id.is_(None) | MonthlySupport.pledge_id.is_(None))
    )
    for reference, status in db.session.execute(rows):
        yield f"pledge {reference}: it is {status}, but no subscription is known"


def _without_payment() -> Iterator[str]:
    paid = and_(Payment.pledge_id == Pledge.id, Payment.purpose == "renewal", Payment.status == "paid")
    rows = (
        select(Pledge.reference)
        .outerjoin(Payment, paid)
        .where(Pledge.subscription_id.is_not(None))
        .group_by(Pledge.id)
        .having(func.count(Payment.id) == 0)
    )
    for reference in db.session.scalars(rows):
        yield f"pledge {reference}: it has a subscription, but no month was paid"


def _in_the_wrong_campaign() -> Iterator[str]:
    rows = select(Pledge.reference, Pledge.status).join(Campaign, Campaign.id == Pledge.campaign_id)
    for reference, status in db.session.execute(rows.where(Pledge.status.in_(MONTHLY), Campaign.funding != "monthly")):
        yield f"pledge {reference}: it is {status}, but its campaign is not monthly"
