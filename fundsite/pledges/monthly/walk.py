"""Going through Stripe's subscriptions and invoices, for those whose deliveries were lost."""

from datetime import datetime

from sqlalchemy import select

from fundsite.db import db, release
from fundsite.payments.monthly import SubscriptionState
from fundsite.pledges.findings import Findings, noting
from fundsite.pledges.models import Pledge
from fundsite.pledges.monthly.following import GOES_ON, follow, unknown_payments
from fundsite.pledges.monthly.models import MonthlySupport
from fundsite.pledges.service import gateway

CAUSE = "reconcile"


def walk_subscriptions(since: datetime, found: Findings) -> None:
    """Apply what is not known here of any subscription, and of the invoices made since a moment; name the strange."""
    wanted, known = {}, set()
    for state in gateway().subscriptions():
        known.add(state.id)
        if state.reference is not None:
            found.looked_at += 1
            if not _stands_so(state, found):
                wanted[state.id] = state.reference
    for invoice in gateway().invoices_since(since):
        if invoice.reference and invoice.subscription_id and unknown_payments([invoice]):
            wanted[invoice.subscription_id] = invoice.reference
    _lost(known, found)
    for subscription_id, reference in wanted.items():
        pledge = db.session.scalar(select(Pledge).where(Pledge.reference == reference))
        release()
        if pledge is not None:
            with noting(pledge, found):
                follow(subscription_id, CAUSE)


def _stands_so(state: SubscriptionState, found: Findings) -> bool:
    """Whether a subscription is known as it is; one that nobody can explain is named, and nothing is applied."""
    known = select(Pledge, MonthlySupport).outerjoin(MonthlySupport, MonthlySupport.pledge_id == Pledge.id)
    row = db.session.execute(known.where(Pledge.reference == state.reference)).one_or_none()
    release()
    if row is None:
        found.unexplained.append(f"subscription {state.id}: for {state.reference}, which is no pledge here")
        return True
    pledge, support = row
    if pledge.subscription_id not in (None, state.id):
        found.unexplained.append(f"subscription {state.id}: pledge {pledge.reference} has {pledge.subscription_id}")
        return True
    if state.status in GOES_ON and state.amount != pledge.total:
        found.unexplained.append(
            f"subscription {state.id}: Stripe takes {state.amount} a month, "
            f"pledge {pledge.reference} says {pledge.total}"
        )
    if support is None:
        return state.status == "unsettled"
    kept = (pledge.status, support.renews_at, support.ends_at)
    return state.status == "unsettled" or kept == (state.status, state.renews_at, state.ends_at)


def _lost(known: set[str], found: Findings) -> None:
    """Name the pledges that go on each month although Stripe knows no such subscription."""
    going = select(Pledge.reference, Pledge.subscription_id).where(Pledge.status.in_(GOES_ON))
    rows = list(db.session.execute(going.where(Pledge.subscription_id.is_not(None))))
    release()
    for reference, subscription_id in rows:
        if subscription_id not in known:
            found.unexplained.append(f"pledge {reference}: Stripe knows no subscription {subscription_id}")
