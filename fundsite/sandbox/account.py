"""The account itself and what it owns."""

from collections import Counter

from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.store import EVERYTHING, Wanted


def account(box: Sandbox) -> JSON:
    """Return the one account there is; it is made when first asked for, and stays."""
    with box.store.transaction():
        known = box.store.select(Wanted("account"), 1)
        return known[0] if known else box.store.add(_new(box))


def _new(box: Sandbox) -> JSON:
    return {
        **blank("account"),
        **box.born("acct"),
        "business_type": "non_profit",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "JP",
        "default_currency": "jpy",
        "details_submitted": True,
        "email": "sandbox@example.org",
        "metadata": {},
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": "Sandbox", "timezone": "Asia/Tokyo"}},
        "type": "standard",
    }


def balance(box: Sandbox) -> JSON:
    """Add up every balance transaction, by currency: what is available, and what will be."""
    sums = {"available": Counter[str](), "pending": Counter[str]()}
    for entry in box.store.select(Wanted("balance_transaction"), EVERYTHING):
        sums[entry["status"]][entry["currency"]] += entry["net"]
    currencies = sorted({"jpy", *sums["available"], *sums["pending"]})
    return blank("balance") | {
        name: [
            {"amount": amounts[currency], "currency": currency, "source_types": {"card": amounts[currency]}}
            for currency in currencies
        ]
        for name, amounts in sums.items()
    }
