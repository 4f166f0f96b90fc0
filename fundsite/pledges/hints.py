"""Deliveries from Stripe: each is a hint at a session, a payment or a subscription.

The object's present state is then fetched and applied.
"""

from sqlalchemy import select, update

from fundsite import clock
from fundsite.books import payouts
from fundsite.db import db, insert_once, release, transaction
from fundsite.payments.gateway import GatewayEvent, GatewayRefused
from fundsite.pledges.models import DECLINES, Payment, Pledge, StripeEvent
from fundsite.pledges.monthly.following import follow
from fundsite.pledges.service import gateway
from fundsite.pledges.settlement import apply_present
from fundsite.pledges.statement import apply_payment
from fundsite.pledges.transfers.rest import look_at_rest, pledge_of_customer

# What Stripe must be asked to deliver; docs/operating.md lists the same.
SESSION_EVENTS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
    }
)
PAYMENT_EVENTS = frozenset(
    {
        "payment_intent.succeeded",
        "payment_intent.partially_funded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "charge.updated",
        "charge.refunded",
        "charge.refund.updated",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    }
)
PAYOUT_EVENTS = frozenset({"payout.paid", "payout.failed", "payout.canceled", "payout.reconciliation_completed"})

SUBSCRIPTION_EVENTS = frozenset(
    {
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "invoice.paid",
        "invoice.payment_failed",
    }
)
# A card that could not be saved (one of DECLINES) is only counted, by decline_alarm.py. These tell of a supporter's
# transfers that no payment used.
BALANCE_EVENTS = frozenset({"cash_balance.funds_available", "customer_cash_balance_transaction.created"})
FOLLOWED = SESSION_EVENTS | frozenset(DECLINES) | PAYMENT_EVENTS | BALANCE_EVENTS | SUBSCRIPTION_EVENTS | PAYOUT_EVENTS


def receive(body: bytes, signature: str) -> str:
    """Verify a delivery and apply what it hints at; returns in a word what became of it, for the log.

    Raises BadSignature, and GatewayUnavailable where Stripe must deliver again because it could not be asked now.
    """
    event = gateway().read_event(body, signature)
    if event.type not in FOLLOWED:
        return "not for us to handle"
    if not _is_ours(event):
        return "another program's object"
    if not _record(event):
        return "seen before"
    try:
        _apply(event)
    except GatewayRefused:
        return "unknown object"
    _mark_handled(event)
    return "applied"


def _apply(event: GatewayEvent) -> None:
    if event.session_id:
        apply_present(event.session_id)
    elif event.payment_id and not _told_already(event):
        apply_payment(gateway().payment(event.payment_id), f"stripe:{event.payment_id}:{event.type}")
    elif event.subscription_id:
        follow(event.subscription_id, f"stripe:{event.subscription_id}")
    elif event.payout_id:
        payouts.note(gateway(), gateway().payout(event.payout_id))
    elif pledge_id := _whose_rest(event):
        look_at_rest(pledge_id)


def _whose_rest(event: GatewayEvent) -> int | None:
    """Return of whose unused transfers an event tells: one of the account, or of a refund that no payment made."""
    if event.customer_id:
        return pledge_of_customer(event.customer_id)
    if event.reference is None or event.payment_id or not event.type.startswith("refund."):
        return None
    found = db.session.scalar(select(Pledge.id).where(Pledge.reference == event.reference))
    release()
    return found


def _is_ours(event: GatewayEvent) -> bool:
    """Whether the object says that it is ours, or belongs to a payment that we know: the dashboard leaves no mark.

    Payouts are the whole account's.
    """
    if event.reference is not None or event.payout_id is not None:
        return True
    if event.customer_id:
        return pledge_of_customer(event.customer_id) is not None
    known = select(Payment.id).where(Payment.intent_id == event.payment_id)
    going = select(Pledge.id).where(Pledge.subscription_id == event.subscription_id)
    found = (event.payment_id and db.session.scalar(known)) or (event.subscription_id and db.session.scalar(going))
    release()
    return bool(found)


def _told_already(event: GatewayEvent) -> bool:
    """Whether the session told us of this payment before: Stripe sends the same news in several events."""
    if event.type != "payment_intent.succeeded":
        return False
    known = db.session.scalar(
        select(Payment.status).join(Pledge).where(Payment.intent_id == event.payment_id, Pledge.counted.is_(True))
    )
    release()
    return known == "paid"


def _record(event: GatewayEvent) -> bool:
    """Write the event down once; False if it was handled before."""
    values = {"id": event.id, "type": event.type, "object_id": event.object_id, "received_at": clock.now()}
    with transaction() as session:
        insert_once(session, StripeEvent, **values)
        return session.get_one(StripeEvent, event.id).handled_at is None


def _mark_handled(event: GatewayEvent) -> None:
    with transaction() as session:
        session.execute(update(StripeEvent).where(StripeEvent.id == event.id).values(handled_at=clock.now()))
