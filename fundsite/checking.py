"""What `fundsite check` recounts: the books, the shipping room, the receipts."""

from fundsite.fulfilment.check import shipping_differences
from fundsite.pledges.check import differences
from fundsite.receipts.check import receipt_differences


def all_differences() -> list[str]:
    """Return each difference in one line; an empty list means that every kept figure is right."""
    return [*differences(), *shipping_differences(), *receipt_differences()]
