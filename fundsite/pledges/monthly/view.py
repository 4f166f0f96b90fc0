"""Monthly support as its supporter sees it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from fundsite.db import db
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.monthly.models import MonthlySupport


@dataclass(frozen=True)
class MonthlyView:
    """How a pledge goes on. What was written without Stripe can be neither stopped nor given another card here."""

    goes_on: bool
    at_stripe: bool
    past_due: bool
    stop_asked: bool
    renews_at: datetime | None
    ends_at: datetime | None
    months: int
    paid: int

    @property
    def ends(self) -> bool:
        """Whether it is known to end, or has been asked to."""
        return self.stop_asked or self.ends_at is not None


def monthly_view(pledge: Pledge) -> MonthlyView:
    """Show how a monthly pledge stands, and what was paid for it by now."""
    support = db.session.get(MonthlySupport, pledge.id)
    months, paid = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Payment.received), 0)).where(
            Payment.pledge_id == pledge.id, Payment.purpose == "renewal", Payment.status == "paid"
        )
    ).one()
    return MonthlyView(
        goes_on=pledge.status in {"active", "past_due"},
        at_stripe=pledge.subscription_id is not None,
        past_due=pledge.status == "past_due",
        stop_asked=support is not None and support.cancel_asked_at is not None,
        renews_at=support.renews_at if support else None,
        ends_at=support.ends_at if support else None,
        months=months,
        paid=paid,
    )
