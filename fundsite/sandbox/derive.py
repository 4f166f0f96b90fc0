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
    "GET /v1/events",
    "GET /v1/events/{id}",
    "GET /v1/payment_intents",
    "GET /v1/payment_intents/{intent}",
    "GET /v1/refunds",
    "GET /v1/refunds/{refund}",
    "POST /v1/checkout/sessions",
    "POST /v1/checkout/sessions/{session}/expire",
    "POST /v1/customers",
    "POST /v1/refunds",
)
RESOURCES = (
    "account",
    "balance",
    "balance_transaction",
    "charge",
    "checkout.session",
    "customer",
    "event",
    "item",
    "payment_intent",
    "price",
    "refund",
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
