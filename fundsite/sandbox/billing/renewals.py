"""What time does to subscriptions: new periods, invoices, charges, retries, and the end of patience."""

from fundsite.sandbox.billing import bills, invoices, periods, subscriptions
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import StripeError

DRAFT_SECONDS = 3600  # how long an invoice stays a draft, so that a seller may add to it


def renew(box: Sandbox, subscription_id: str) -> None:
    """Begin the next period, or end what was to end with this one. A call before its time changes nothing."""
    subscription = box.need(subscriptions.KIND, subscription_id)
    if subscription["status"] in subscriptions.ENDED or subscriptions.period_end(subscription) > box.clock.now():
        return
    if subscription["cancel_at_period_end"]:
        subscriptions.end(box, subscription, "cancellation_requested")
        return
    anchor = subscription["billing_cycle_anchor"]
    items = [_moved(item, anchor) for item in subscription["items"]["data"]]
    subscription = subscriptions.change(box, subscription, {"items": subscription["items"] | {"data": items}})
    invoice = bills.draft(box, subscription, "subscription_cycle")
    subscriptions.change(box, subscription, {"latest_invoice": invoice["id"]})
    box.later(DRAFT_SECONDS, "invoice.finalize", invoice["id"])
    subscriptions.arrange(box, subscription)


def _moved(item: JSON, anchor: int) -> JSON:
    start = item["current_period_end"]
    end = periods.end_of(anchor, item["price"]["recurring"], start)
    return item | {"current_period_start": start, "current_period_end": end}


def finalize(box: Sandbox, invoice_id: str) -> None:
    """Close a draft and charge it."""
    invoice = box.need(invoices.KIND, invoice_id)
    if invoice["status"] == "draft":
        collect(box, invoices.finalize(box, invoice))


def retry(box: Sandbox, invoice_id: str) -> None:
    """Try again what was declined, unless it was paid or given up meanwhile, or another attempt is to come first."""
    invoice = box.need(invoices.KIND, invoice_id)
    due = invoice["next_payment_attempt"]
    if invoice["status"] == "open" and due is not None and due <= box.clock.now():
        collect(box, invoice)


def collect(box: Sandbox, invoice: JSON, method_id: str | None = None) -> bool:
    """Charge an open invoice, and let its subscription follow: active, past due, or at an end."""
    subscription = box.need(subscriptions.KIND, invoices.subscription_of(invoice))
    method = method_id or invoices.method_of(box, subscription)
    if subscription["status"] in subscriptions.ENDED and method_id is None:
        return False
    paid = invoices.pay_attempt(box, invoice, method)
    if subscription["status"] in subscriptions.ENDED:
        return paid
    if paid:
        others = invoices.of_subscription(box, subscription["id"], "open")
        subscriptions.change(box, subscription, {"status": "past_due" if others else "active"})
        return True
    subscription = subscriptions.change(box, subscription, {"status": "past_due"})
    if box.need(invoices.KIND, invoice["id"])["next_payment_attempt"] is None:
        subscriptions.end(box, subscription, "payment_failed")
    return False


def pay(box: Sandbox, params: JSON, invoice_id: str) -> JSON:
    """Pay an open invoice now, by request; a decline is a 402."""
    invoice = invoices.open_or_refuse(box, invoice_id)
    if not collect(box, invoice, params.get("payment_method")):
        message = "Your card was declined."
        raise StripeError(402, message, kind="card_error", code="card_declined", kept=True)
    return box.need(invoices.KIND, invoice_id)


def new_card(box: Sandbox, subscription: JSON, method_id: str) -> JSON:
    """Charge another card from now on, and at once for what is open."""
    subscription = subscriptions.change(box, subscription, {"default_payment_method": method_id})
    for invoice in invoices.of_subscription(box, subscription["id"], "open"):
        collect(box, invoice)
    return box.need(subscriptions.KIND, subscription["id"])
