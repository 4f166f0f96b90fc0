"""Derive the data files of this package from a catalogue of Stripe's request parameters and resources.

Run as `python -m fundsite.sandbox.derive PARAMS.json.gz RESOURCES.json.gz` when an endpoint joins the sandbox
or the API version moves. The sandbox itself only ever reads the two files that this writes.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
ENDPOINTS = (
    "DELETE /v1/subscriptions/{subscription_exposed_id}",
    "GET /v1/account",
    "GET /v1/balance",
    "GET /v1/balance_transactions",
    "GET /v1/balance_transactions/{id}",
    "GET /v1/charges",
    "GET /v1/charges/{charge}",
    "GET /v1/checkout/sessions",
    "GET /v1/checkout/sessions/{session}",
    "GET /v1/checkout/sessions/{session}/line_items",
    "GET /v1/customers",
    "GET /v1/customers/{customer}",
    "GET /v1/customers/{customer}/cash_balance",
    "GET /v1/customers/{customer}/cash_balance_transactions",
    "GET /v1/customers/{customer}/payment_methods",
    "GET /v1/disputes",
    "GET /v1/disputes/{dispute}",
    "GET /v1/events",
    "GET /v1/events/{id}",
    "GET /v1/invoice_payments",
    "GET /v1/invoice_payments/{invoice_payment}",
    "GET /v1/invoices",
    "GET /v1/invoices/{invoice}",
    "GET /v1/invoices/{invoice}/lines",
    "GET /v1/payment_intents",
    "GET /v1/payment_intents/{intent}",
    "GET /v1/payment_methods",
    "GET /v1/payment_methods/{payment_method}",
    "GET /v1/payouts",
    "GET /v1/payouts/{payout}",
    "GET /v1/prices",
    "GET /v1/prices/{price}",
    "GET /v1/products",
    "GET /v1/products/{id}",
    "GET /v1/refunds",
    "GET /v1/refunds/{refund}",
    "GET /v1/setup_intents",
    "GET /v1/setup_intents/{intent}",
    "GET /v1/subscriptions",
    "GET /v1/subscriptions/{subscription_exposed_id}",
    "POST /v1/billing_portal/sessions",
    "POST /v1/checkout/sessions",
    "POST /v1/checkout/sessions/{session}/expire",
    "POST /v1/customers",
    "POST /v1/customers/{customer}",
    "POST /v1/disputes/{dispute}",
    "POST /v1/disputes/{dispute}/close",
    "POST /v1/invoices/{invoice}/pay",
    "POST /v1/invoices/{invoice}/void",
    "POST /v1/payment_intents",
    "POST /v1/payment_intents/{intent}",
    "POST /v1/payment_intents/{intent}/cancel",
    "POST /v1/payment_intents/{intent}/confirm",
    "POST /v1/payment_methods/{payment_method}/attach",
    "POST /v1/payment_methods/{payment_method}/detach",
    "POST /v1/payouts",
    "POST /v1/prices",
    "POST /v1/products",
    "POST /v1/refunds",
    "POST /v1/refunds/{refund}",
    "POST /v1/refunds/{refund}/cancel",
    "POST /v1/setup_intents/{intent}/cancel",
    "POST /v1/subscriptions/{subscription_exposed_id}",
    "POST /v1/test_helpers/customers/{customer}/fund_cash_balance",
    "POST /v1/test_helpers/refunds/{refund}/expire",
)
RESOURCES = (
    "account",
    "balance",
    "balance_transaction",
    "billing_portal.session",
    "cash_balance",
    "charge",
    "checkout.session",
    "customer",
    "customer_cash_balance_transaction",
    "dispute",
    "event",
    "invoice",
    "invoice_payment",
    "item",
    "line_item",
    "payment_intent",
    "payment_method",
    "payout",
    "plan",
    "price",
    "product",
    "refund",
    "setup_intent",
    "subscription",
    "subscription_item",
)


def field_type(node: dict[str, Any]) -> str:
    """Say a field's type in one word; a question mark after it means that it may be null."""
    kinds: list[str] = [choice["t"] for choice in node["v"]] if node["t"] == "any_of" else [node["t"]]
    plain = [kind for kind in kinds if kind != "null"]
    return plain[0] + ("?" if "null" in kinds else "")


def read(path: str) -> dict[str, Any]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        catalogue: dict[str, Any] = json.load(file)
    return catalogue


def write(name: str, document: dict[str, Any]) -> None:
    """Write one entry per line, so that a later derivation shows as a readable difference."""
    entries = [f"{json.dumps(key)}: {json.dumps(value, sort_keys=True)}" for key, value in document.items()]
    (DATA / name).write_text("{\n" + ",\n".join(entries) + "\n}\n", encoding="utf-8")


def main() -> None:
    params, resources = (read(path) for path in sys.argv[1:3])
    head = {"api_version": params["api_version"], "source": params["source"]}
    write("params.json", head | {name: params["endpoints"][name] for name in ENDPOINTS})
    write(
        "shapes.json",
        {
            name: {key: field_type(node) for key, node in resources[name]["f"].items() if key != "deleted"}
            for name in RESOURCES
        },
    )


if __name__ == "__main__":
    main()
