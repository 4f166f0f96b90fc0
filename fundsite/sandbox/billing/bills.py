"""What an invoice looks like, its lines, and the record of how it is paid."""

from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.events import emit
from fundsite.sandbox.store import Wanted

PAYMENT = "invoice_payment"
TRANSITIONS = ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")


def draft(box: Sandbox, subscription: JSON, reason: str) -> JSON:
    """Write the invoice of a subscription's present period."""
    born = box.born("in")
    items = subscription["items"]["data"]
    amount = sum(item["price"]["unit_amount"] * item["quantity"] for item in items)
    customer = box.need("customer", subscription["customer"])
    details = {"metadata": subscription["metadata"], "subscription": subscription["id"]}
    invoice = {
        **blank("invoice"),
        **born,
        **dict.fromkeys(("amount_due", "amount_remaining", "subtotal", "subtotal_excluding_tax"), amount),
        **dict.fromkeys(("total", "total_excluding_tax"), amount),
        "account_country": "JP",
        "account_name": "Sandbox",
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "currency": subscription["currency"],
        "customer": subscription["customer"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "issuer": {"type": "self"},
        "lines": _lines(box, born["id"], items),
        "metadata": {},
        "parent": {"quote_details": None, "subscription_details": details, "type": "subscription_details"},
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": ["card"]},
        "period_end": items[0]["current_period_start"],
        "period_start": items[0]["current_period_start"],
        "status": "draft",
        "status_transitions": dict.fromkeys(TRANSITIONS),
        "total_taxes": [],
    }
    box.store.add(invoice, links={"subscription": subscription["id"]})
    emit(box, "invoice.created", invoice)
    return invoice


def _lines(box: Sandbox, invoice_id: str, items: list[JSON]) -> JSON:
    data = [_line(box, invoice_id, item) for item in items]
    return {"object": "list", "data": data, "has_more": False, "url": f"/v1/invoices/{invoice_id}/lines"}


def _line(box: Sandbox, invoice_id: str, item: JSON) -> JSON:
    price = item["price"]
    amount = price["unit_amount"] * item["quantity"]
    name = box.need("product", price["product"])["name"]
    origin = {"proration": False, "subscription": item["subscription"], "subscription_item": item["id"]}
    return {
        **blank("line_item"),
        "id": box.born("il")["id"],
        "amount": amount,
        "currency": price["currency"],
        "description": f"{item['quantity']} × {name}",
        "invoice": invoice_id,
        "parent": {"subscription_item_details": origin, "type": "subscription_item_details"},
        "period": {"end": item["current_period_end"], "start": item["current_period_start"]},
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "subscription": item["subscription"],
        "subtotal": amount,
    }


def lines_of(box: Sandbox, _params: JSON, invoice_id: str) -> JSON:
    """Return the lines of an invoice; the sandbox writes no more of them than fit one page."""
    lines: JSON = box.need("invoice", invoice_id, param="invoice")["lines"]
    return lines


def payment(box: Sandbox, invoice: JSON, intent: JSON) -> JSON:
    """Record that an intent is what pays an invoice."""
    record = {
        **blank(PAYMENT),
        **box.born("inpay"),
        "amount_requested": invoice["amount_due"],
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
    links = {"invoice": invoice["id"], "payment_intent": intent["id"]}
    return box.store.add(record, links=links)


def payments_of(box: Sandbox, invoice_id: str) -> list[JSON]:
    return box.store.select(Wanted(PAYMENT, link=("invoice", invoice_id)), 100)


def payment_list(box: Sandbox, invoice_id: str) -> JSON:
    """Return what pays an invoice as the list that stands in it when expanded."""
    url = f"/v1/invoice_payments?invoice={invoice_id}"
    return {"object": "list", "data": payments_of(box, invoice_id), "has_more": False, "url": url}


def mark_paid(box: Sandbox, invoice: JSON) -> None:
    for record in payments_of(box, invoice["id"]):
        times = record["status_transitions"] | {"paid_at": box.clock.seconds()}
        news = {"amount_paid": record["amount_requested"], "status": "paid", "status_transitions": times}
        emit(box, "invoice_payment.paid", box.store.save(record | news))
