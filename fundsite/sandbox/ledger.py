"""Balance transactions: what each charge and refund does to the account's balance."""

from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox

FEES = {"card": (36, 0), "konbini": (36, 120), "customer_balance": (15, 50)}  # per mille, and at least so much
FIVE_DAYS = 5 * 86400
CATEGORIES = {"payment": "charge", "payment_refund": "refund"}


def fee_of(amount: int, method: str = "card") -> int:
    """Return what Stripe takes of an amount, rounded half up to the minor unit."""
    per_mille, least = FEES[method]
    return max((amount * per_mille + 500) // 1000, least)


def book(
    box: Sandbox,
    source: JSON,
    kind: str,
    amount: int,
    fee: int = 0,
    category: str | None = None,
    *,
    at_once: bool = False,
) -> JSON:
    """Write one balance transaction for `source`; money that goes out has a negative amount."""
    born = box.born("txn")
    if not at_once:
        box.later(FIVE_DAYS, "balance.ripen", born["id"])
    details = {
        "amount": fee,
        "application": None,
        "currency": source["currency"],
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return box.store.add(
        {
            **blank("balance_transaction"),
            **born,
            "amount": amount,
            "available_on": born["created"] + (0 if at_once else FIVE_DAYS),
            "balance_type": "payments",
            "currency": source["currency"],
            "description": source.get("description"),
            "fee": fee,
            "fee_details": [details] if fee else [],
            "net": amount - fee,
            "reporting_category": category or CATEGORIES.get(kind, kind),
            "source": source["id"],
            "status": "available" if at_once else "pending",
            "type": kind,
        }
    )


def ripen(box: Sandbox, transaction_id: str) -> None:
    """Let the money of a balance transaction become available."""
    booked = box.need("balance_transaction", transaction_id)
    box.store.save(booked | {"status": "available"})
