"""Our books and Stripe's as sums by kind, so that they can be compared."""

from sqlalchemy import select

from fundsite.books.models import LedgerEntry

KINDS = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund_failed",
    "payment_failure_refund": "refund_failed",
}
ENTRIES = select(LedgerEntry.kind, LedgerEntry.amount)


def our_sums(entries):
    """Return the sums of our ledger's entries, without what did not come through Stripe."""
    sums = {}
    for kind, amount in entries:
        sums[kind] = sums.get(kind, 0) + amount
    return {kind: amount for kind, amount in sums.items() if amount and not kind.startswith("offline")}


def stripes_sums(transactions):
    """Return the same sums as Stripe's balance transactions have them."""
    sums = {}
    for row in transactions:
        kind = KINDS.get(row["type"])
        if row["type"] == "adjustment":
            kind = "dispute" if row["amount"] < 0 else "dispute_returned"
        if kind is None:
            continue
        sums[kind] = sums.get(kind, 0) + row["amount"]
        fee = "dispute_fee" if row["type"] == "adjustment" else "fee"
        sums[fee] = sums.get(fee, 0) - row["fee"]
    return {kind: amount for kind, amount in sums.items() if amount}
