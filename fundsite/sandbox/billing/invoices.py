"""Invoices: what a period costs, and every attempt to be paid for it."""

from fundsite.sandbox import intent_requests, intents, methods
from fundsite.sandbox.billing import bills
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.events import emit
from fundsite.sandbox.store import EVERYTHING, Wanted

KIND = "invoice"
DAY = 86400
RETRIES = (3, 2, 2)  # days from one attempt to the next: the 3rd, 5th and 7th day after the first


def finalize(box: Sandbox, invoice: JSON) -> JSON:
    """Close a draft: it has a number now, and an intent to be paid with."""
    now = box.clock.seconds()
    number = f"SANDBOX-{box.store.place(invoice['id']):06}"
    shown = {"status": "open", "number": number, "effective_at": now}
    shown["status_transitions"] = invoice["status_transitions"] | {"finalized_at": now}
    invoice = box.store.save(invoice | shown)
    emit(box, "invoice.finalized", invoice)
    return invoice


def pay_attempt(box: Sandbox, invoice: JSON, method_id: str | None) -> bool:
    """Charge a card for an open invoice; tell whether the money is there. Without a card it is not.

    What follows is the subscription's affair.
    """
    intent = intent_of(box, invoice)
    if method_id:
        intent = box.store.save(intent | {"payment_method": method_id, "status": "requires_confirmation"})
        intent = intent_requests.charged(box, intent, off_session=True, strict=True)
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    if intent["status"] == "succeeded":
        settle(box, invoice)
        return True
    waits = invoice["attempt_count"] - 1
    again = box.clock.seconds() + RETRIES[waits] * DAY if waits < len(RETRIES) else None
    invoice = box.store.save(invoice | {"next_payment_attempt": again, "auto_advance": again is not None})
    emit(box, "invoice.payment_failed", invoice)
    if (intent["last_payment_error"] or {}).get("code") == "authentication_required":
        emit(box, "invoice.payment_action_required", invoice)
    if again:
        box.later(again - box.clock.now(), "invoice.retry", invoice["id"])
    return False


def settle(box: Sandbox, invoice: JSON) -> JSON:
    """Mark an invoice as paid."""
    now = box.clock.seconds()
    paid = {"status": "paid", "amount_paid": invoice["amount_due"], "amount_remaining": 0, "auto_advance": False}
    paid["status_transitions"] = invoice["status_transitions"] | {"paid_at": now}
    invoice = box.store.save(invoice | paid | {"attempted": True, "next_payment_attempt": None})
    bills.mark_paid(box, invoice)
    for kind in ("invoice.paid", "invoice.payment_succeeded"):
        emit(box, kind, invoice)
    return invoice


def intent_of(box: Sandbox, invoice: JSON) -> JSON:
    """Return the intent that an invoice is paid with; it is made when first asked for."""
    known = bills.payments_of(box, invoice["id"])
    if known:
        return box.need(intents.KIND, known[0]["payment"]["payment_intent"])
    same = {"amount": invoice["amount_due"], "currency": invoice["currency"], "customer": invoice["customer"]}
    intent = intents.new(box, same | {"description": "Subscription update", "setup_future_usage": "off_session"})
    bills.payment(box, invoice, intent)
    return intent


def of_subscription(box: Sandbox, subscription_id: str, status: str) -> list[JSON]:
    wanted = Wanted(KIND, link=("subscription", subscription_id), accepts=lambda body: bool(body["status"] == status))
    return box.store.select(wanted, EVERYTHING)


def subscription_of(invoice: JSON) -> str:
    return str(invoice["parent"]["subscription_details"]["subscription"])


def void(box: Sandbox, _params: JSON, invoice_id: str) -> JSON:
    """Take back an open invoice; nobody will be charged for it."""
    invoice = open_or_refuse(box, invoice_id)
    ended = {"status": "void", "auto_advance": False, "next_payment_attempt": None}
    ended["status_transitions"] = invoice["status_transitions"] | {"voided_at": box.clock.seconds()}
    invoice = box.store.save(invoice | ended)
    emit(box, "invoice.voided", invoice)
    for payment in bills.payments_of(box, invoice["id"]):
        intents.cancel(box, box.need(intents.KIND, payment["payment"]["payment_intent"]), "void_invoice")
    return invoice


def open_or_refuse(box: Sandbox, invoice_id: str) -> JSON:
    """Return an invoice that waits for money; refuse any other."""
    invoice = box.need(KIND, invoice_id, param="invoice")
    if invoice["status"] != "open":
        message = f"Invoice is already {invoice['status']}" if invoice["status"] == "paid" else "Invoice is not open."
        raise StripeError(400, message, kept=True)
    return invoice


def method_of(box: Sandbox, subscription: JSON) -> str | None:
    """Return what a subscription is charged to: its own card, or else its customer's."""
    customer = box.need("customer", subscription["customer"])
    default = (customer["invoice_settings"] or {}).get("default_payment_method")
    chosen = subscription["default_payment_method"] or default
    method = box.store.get(chosen or "", methods.KIND) or {}
    return str(chosen) if method.get("customer") == customer["id"] else None
