"""What Stripe's subscriptions and invoices say, in the product's words. Talks to nobody."""

from fundsite.payments.monthly import InvoiceState, SubscriptionState
from fundsite.payments.stripe_reading import Object, id_of, moment, reference_of, subscription_details

# Not begun (incomplete) and resting (paused) are left out: nothing follows from them.
STATUSES = {
    "active": "active",
    "trialing": "active",
    "past_due": "past_due",
    "unpaid": "past_due",
    "canceled": "ended",
    "incomplete_expired": "ended",
}


def subscription_state(subscription: Object, invoices: list[Object], site: str) -> SubscriptionState:
    """Read a subscription; since basil its period stands in its items."""
    items = subscription["items"]["data"]
    period_end = moment(max(item["current_period_end"] for item in items))
    ends_at = moment(subscription["cancel_at"]) if subscription.get("cancel_at") else None
    if subscription.get("cancel_at_period_end"):
        ends_at = ends_at or period_end
    return SubscriptionState(
        id=subscription["id"],
        status=STATUSES.get(subscription["status"], "unsettled"),  # type: ignore[arg-type]
        reference=reference_of(subscription, site),
        customer_id=id_of(subscription["customer"]) or "",
        amount=sum((item["price"].get("unit_amount") or 0) * (item.get("quantity") or 1) for item in items),
        currency=subscription["currency"].upper(),
        renews_at=period_end,
        ends_at=ends_at,
        invoices=tuple(invoice_state(invoice, site) for invoice in invoices),
    )


def invoice_state(invoice: Object, site: str) -> InvoiceState:
    """Read an invoice whose payments are expanded."""
    status = invoice.get("status")
    details = subscription_details(invoice)
    return InvoiceState(
        id=invoice["id"],
        status="paid" if status == "paid" else "open" if status == "open" else "other",
        failed=status in {"open", "uncollectible"} and bool(invoice.get("attempted")),
        amount=invoice.get("amount_due") or 0,
        currency=invoice["currency"].upper(),
        payment_id=_payment_of(invoice),
        subscription_id=id_of(details.get("subscription")),
        reference=reference_of(details, site),
    )


def _payment_of(invoice: Object) -> str | None:
    """Return the PaymentIntent that paid an invoice, or else the one by which it is tried."""
    rows = (invoice.get("payments") or {}).get("data") or []
    rows = [row for row in rows if id_of((row.get("payment") or {}).get("payment_intent"))]
    rows.sort(key=lambda row: (row.get("status") != "paid", row.get("status") == "canceled"))
    return id_of(rows[0]["payment"]["payment_intent"]) if rows else None
