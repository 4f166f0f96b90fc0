"""What the product asks of a payment service about support month by month, and what it is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True)
class InvoiceState:
    """What one month costs, and how it is paid. `amount` is in the currency's minor unit."""

    id: str
    status: Literal["open", "paid", "other"]
    failed: bool  # a charge was tried, and the money has not come
    amount: int
    currency: str
    payment_id: str | None  # None: not tried yet, or paid without the service
    subscription_id: str | None
    reference: str | None  # None: the invoice is not this site's


@dataclass(frozen=True)
class SubscriptionState:
    """A subscription as it is now, with its invoices, the oldest first; in lists without them.

    `unsettled` is one that has not begun, or rests: nothing follows from it.
    """

    id: str
    status: Literal["unsettled", "active", "past_due", "ended"]
    reference: str | None  # None: the subscription is not this site's
    customer_id: str
    amount: int
    currency: str
    renews_at: datetime
    ends_at: datetime | None  # when it ends by itself, if that was asked for
    invoices: tuple[InvoiceState, ...] = ()


class MonthlyGateway(Protocol):
    """What a payment service can do for monthly support."""

    def subscription(self, subscription_id: str) -> SubscriptionState:
        """Return a subscription's present state with its invoices; GatewayRefused if there is none of that id."""
        ...

    def subscriptions(self) -> Iterator[SubscriptionState]:
        """Walk all subscriptions, those that ended too, the newest first."""
        ...

    def invoices_since(self, moment: datetime) -> Iterator[InvoiceState]:
        """Walk the invoices made since `moment`, the newest first."""
        ...

    def end_subscription(self, subscription_id: str, *, at_once: bool) -> None:
        """Charge nothing more: end it with the month that is paid, or `at_once`.

        One whose last payment failed ends at once. One that is ending already, or has ended, is left so.
        """
        ...

    def portal_url(self, customer_id: str, return_url: str, locale: str) -> str:
        """Return where a supporter changes the card; GatewayRefused where the service offers no such page."""
        ...
