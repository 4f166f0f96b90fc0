"""Customers, in so far as a payment needs them."""

from fundsite.sandbox.catalogue import JSON, SHAPES, blank
from fundsite.sandbox.core import Sandbox, metadata_of
from fundsite.sandbox.events import emit


def create(box: Sandbox, params: JSON) -> JSON:
    """Record a customer with whatever is given of them."""
    customer = {
        **blank("customer"),
        **box.born("cus"),
        "balance": 0,
        "delinquent": False,
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
