"""Going through Stripe's own lists: what webhooks failed to bring is applied, what cannot be explained is said.

Safe beside live traffic and safe to repeat: everything is applied by the same functions as a delivery, each under the
lock of its pledge.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select

from fundsite import clock
from fundsite.books import payouts
from fundsite.db import db, release
from fundsite.payments.gateway import CheckoutState, GatewayRefused, PaymentState
from fundsite.pledges.findings import Findings, noting
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.monthly.walk import walk_subscriptions
from fundsite.pledges.payments import MADE_UP, owner_of, stands_so
from fundsite.pledges.service import gateway
from fundsite.pledges.settlement import apply
from fundsite.pledges.statement import apply_payment
from fundsite.pledges.sweep import sweep
from fundsite.pledges.transfers.rest import look_at_rest, pledge_of_customer

log = structlog.get_logger()

OVERLAP = timedelta(days=2)  # what changes after it was made: transfers, refunds, fees
CAUSE = "reconcile"


def reconcile(since: datetime | None = None) -> Findings:
    """Compare with Stripe since a moment (without one: since the oldest pledge) and apply what is missing here.

    Raises GatewayUnavailable where Stripe does not answer; what was applied until then stays applied.
    """
    since = since or _beginning()
    found = Findings()
    if since is not None:
        for session in gateway().checkouts_since(since):
            _checkout(session, found)
        seen = set()
        for payment in gateway().payments_since(since):
            seen.add(payment.id)
            _payment(payment, found)
        _lost(since, seen, found)
        for walk in (_all_touched, walk_subscriptions, _funded):
            _where_allowed(walk, since, found)
    sweep(everything=True)
    if since is not None:
        _where_allowed(_payouts, since, found)
    return found


def _where_allowed(walk: Callable[[datetime, Findings], None], since: datetime, found: Findings) -> None:
    """Walk a list of Stripe's; a key that may not read this one keeps us from nothing else."""
    try:
        walk(since, found)
    except GatewayRefused as error:
        log.warning("list_refused", walk=walk.__name__, reason=str(error))


def lately() -> datetime:
    """Return since when the worker's own hourly walk looks."""
    return clock.now() - OVERLAP


def _beginning() -> datetime | None:
    first = db.session.scalar(select(func.min(Pledge.created_at)).where(Pledge.source == "online"))
    release()
    return first - timedelta(hours=1) if first else None


def _checkout(state: CheckoutState, found: Findings) -> None:
    if state.reference is None:
        return
    found.looked_at += 1
    pledge = _pledge(state.reference)
    if pledge is None:
        if state.paid:
            found.unexplained.append(f"session {state.id}: paid for {state.reference}, which is no pledge here")
        return
    if pledge.status == "pending" and state.status != "open":
        with noting(pledge, found):
            apply(state, f"{CAUSE}:{state.id}:{state.status}")


def _payment(state: PaymentState, found: Findings) -> None:
    found.looked_at += 1
    if owner_of(state) is None:
        if state.status == "paid":
            found.unexplained.append(
                f"payment {state.id}: {state.received} {state.currency} for {state.reference}, which is no pledge here"
            )
        return
    pledge = _pledge_of(state)
    if not stands_so(state):
        with noting(pledge, found):
            apply_payment(state, f"{CAUSE}:{state.id}:{state.status}")
    if state.status == "paid" and state.received != pledge.total and _pays_the_pledge(state.id):
        found.unexplained.append(
            f"payment {state.id}: Stripe took {state.received}, pledge {pledge.reference} says {pledge.total}"
        )


def _all_touched(since: datetime, found: Findings) -> None:
    for payment_id in gateway().touched_since(since):
        _touched(payment_id, found)


def _touched(payment_id: str, found: Findings) -> None:
    """Look at a payment of which something was given back or disputed."""
    try:
        state = gateway().payment(payment_id)
    except GatewayRefused:
        return
    if owner_of(state) is not None:
        with noting(_pledge_of(state), found):
            apply_payment(state, f"{CAUSE}:{payment_id}:touched")


def _funded(since: datetime, found: Findings) -> None:
    """Look at what was transferred without a use; only where anybody was ever offered an account to transfer to."""
    known = db.session.scalar(select(Pledge.id).where(Pledge.customer_id.is_not(None)).limit(1))
    release()
    if known is None:
        return
    for customer_id in dict.fromkeys(gateway().funded_since(since)):
        pledge_id = pledge_of_customer(customer_id)
        if pledge_id is None:
            continue
        try:
            look_at_rest(pledge_id)
        except GatewayRefused as error:
            found.unexplained.append(f"customer {customer_id}: {error}")


def _lost(since: datetime, seen: set[str], found: Findings) -> None:
    """Name the payments of our books that Stripe's list does not have."""
    paid = (Payment.status == "paid") & Payment.intent_id.is_not(None)
    rows = select(Payment.intent_id, Pledge.reference).join(Pledge, Pledge.id == Payment.pledge_id)
    ours = list(db.session.execute(rows.where(paid, Payment.created_at >= since + timedelta(hours=1))))
    release()
    for intent_id, reference in ours:
        if intent_id is None or intent_id in seen or intent_id.startswith(MADE_UP):
            continue
        try:
            gateway().payment(intent_id)
        except GatewayRefused:
            found.unexplained.append(f"pledge {reference}: Stripe knows no payment {intent_id}")


def _payouts(since: datetime, found: Findings) -> None:
    """Take in what Stripe sent to the bank."""
    payouts.take_in(gateway(), since)
    for payout_id, balance_transaction, reference in payouts.strangers(since):
        found.unexplained.append(f"payout {payout_id}: {balance_transaction} of pledge {reference} is not in the books")


def _pledge(reference: str) -> Pledge | None:
    pledge = db.session.scalar(select(Pledge).where(Pledge.reference == reference))
    release()
    return pledge


def _pledge_of(state: PaymentState) -> Pledge:
    pledge = db.session.get_one(Pledge, owner_of(state))
    release()
    return pledge


def _pays_the_pledge(intent_id: str) -> bool:
    """Whether a payment is meant for the whole pledge: no month of a subscription, and not going back as it is."""
    meant = select(Payment.purpose, Payment.surplus).where(Payment.intent_id == intent_id)
    row = db.session.execute(meant).one_or_none()
    release()
    return row is None or (row[0] != "renewal" and not row[1])
