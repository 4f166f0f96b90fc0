"""Customers, in so far as a payment needs them."""

from fundsite.sandbox.catalogue import JSON, SHAPES, blank
from fundsite.sandbox.core import Sandbox, merged_metadata, metadata_of
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.events import changed, emit


def create(box: Sandbox, params: JSON) -> JSON:
    """Record a customer with whatever is given of them."""
    customer = {
        **blank("customer"),
        **box.born("cus"),
        "balance": 0,
        "delinquent": False,
        "invoice_settings": dict.fromkeys(("custom_fields", "default_payment_method", "footer", "rendering_options")),
        "invoice_prefix": box.born("x")["id"][2:10].upper(),
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
        **{name: value or None for name, value in params.items() if name in SHAPES["customer"]},
        "metadata": metadata_of(params),
    }
    box.store.add(customer)
    emit(box, "customer.created", customer)
    return customer


def of_payer(box: Sandbox, details: JSON) -> JSON:
    """Record the person who paid as a customer."""
    return create(box, {key: details[key] for key in ("email", "name") if details[key]})


def update(box: Sandbox, params: JSON, customer_id: str) -> JSON:
    """Change what is known of a customer."""
    customer = box.need("customer", customer_id, param="customer")
    news = {name: value or None for name, value in params.items() if name in ("email", "name", "phone", "description")}
    if "metadata" in params:
        news["metadata"] = merged_metadata(customer, params)
    default = (params.get("invoice_settings") or {}).get("default_payment_method")
    if default:
        _own(box, customer, default)
        news["invoice_settings"] = (customer["invoice_settings"] or {}) | {"default_payment_method": default}
    after = box.store.save(customer | news)
    emit(box, "customer.updated", after, changed(customer, after))
    return after


def _own(box: Sandbox, customer: JSON, method_id: str) -> None:
    if box.need("payment_method", method_id, param="payment_method", status=400)["customer"] != customer["id"]:
        message = "The customer does not have a payment method with the ID " + method_id + "."
        raise StripeError(400, message, param="invoice_settings[default_payment_method]", kept=True)
