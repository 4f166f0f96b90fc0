"""What `fundsite check` recounts: the books, then the shipping room."""

from fundsite.fulfilment.check import shipping_differences
from fundsite.pledges.check import differences


def all_differences() -> list[str]:
    """Return each difference in one line; an empty list means that every kept figure is right."""
    return [*differences(), *shipping_differences()]
