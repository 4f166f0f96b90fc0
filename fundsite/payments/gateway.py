"""What the product asks of a payment service, in its own words. No caller knows which service answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from fundsite.errors import FundsiteError


class GatewayUnavailable(FundsiteError):
    """The service did not answer in time, or answered that it cannot now. Whether it acted is unknown."""


class GatewayBusy(GatewayUnavailable):
    """The very same request is being worked on: whoever made it first gets the answer."""


class GatewayRefused(FundsiteError):
    """The service understood and said no; asking again the same way is of no use."""


class BadSignature(FundsiteError):
    """A delivery that the service did not sign, or signed too long ago, or that is no event at all."""


@dataclass(frozen=True)
class OrderLine:
    """One line that the payer sees. `unit_amount` is in the currency's minor unit."""

    name: str
    unit_amount: int
    quantity: int


@dataclass(frozen=True)
class CheckoutOrder:
    """What is to be paid, by whom, until when. `reference` makes the same order the same session."""

    reference: str
    currency: str
    lines: tuple[OrderLine, ...]
    email: str
    locale: str
    description: str
    success_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True)
class CheckoutState:
    """A checkout session as it is now. `paid` is true once the money is certain."""

    id: str
    status: Literal["open", "complete", "expired"]
    paid: bool
    amount: int
    currency: str
    reference: str | None  # None: the session is not this site's
    url: str | None
    payment_intent_id: str | None


@dataclass(frozen=True)
class GatewayEvent:
    """A hint that something happened to an object of the service."""

    id: str
    type: str
    object_id: str
    reference: str | None  # None: the object is not this site's


class Gateway(Protocol):
    """The door. Every method but `read_event` talks to the network: hold no transaction meanwhile."""

    def open_checkout(self, order: CheckoutOrder) -> CheckoutState:
        """Open a session, or return the one that this order opened before."""
        ...

    def checkout(self, session_id: str) -> CheckoutState:
        """Return a session's present state; GatewayRefused if there is none of that id."""
        ...

    def expire_checkout(self, session_id: str) -> CheckoutState:
        """Close a session so that it can never be paid; returns its state, complete if the payer was faster."""
        ...

    def refund(self, payment_intent_id: str, reference: str) -> str:
        """Give the whole of a payment back, once however often it is asked; returns the refund's id.

        Only a refund that succeeded or is under way counts as given back; after one that failed another is made.
        """
        ...

    def read_event(self, body: bytes, signature: str) -> GatewayEvent:
        """Verify a delivery and return its event; BadSignature otherwise."""
        ...

    def ping(self) -> None:
        """Ask whether the key is accepted."""
        ...
