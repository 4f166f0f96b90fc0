"""Balance transactions: what each charge and refund does to the account's balance."""

from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox

FEE_PER_MILLE = 36
FIVE_DAYS = 5 * 86400


def fee_of(amount: int) -> int:
    """Return 3.6 % of an amount, rounded half up to the minor unit."""
    return (amount * FEE_PER_MILLE + 500) // 1000


def book(box: Sandbox, source: JSON, kind: str, amount: int, fee: int = 0) -> JSON:
    """Write one balance transaction for `source`; money that goes out has a negative amount."""
    born = box.born("txn")
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
            "available_on": born["created"] + FIVE_DAYS,
            "balance_type": "payments",
            "currency": source["currency"],
            "description": source["description"],
            "fee": fee,
            "fee_details": [details] if fee else [],
            "net": amount - fee,
            "reporting_category": kind,
            "source": source["id"],
            "status": "pending",
            "type": kind,
        }
    )
