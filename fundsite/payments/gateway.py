"""What the product asks of a payment service, in its own words. No caller knows which service answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from fundsite.errors import FundsiteError
from fundsite.payments.payouts import PayoutGateway


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
    methods: tuple[str, ...] = ("card",)
    konbini_days: int = 3  # after today, until the end of which a code for the convenience store lives
    customer_id: str | None = None  # a bank transfer needs one: the money comes to an account of theirs


@dataclass(frozen=True)
class CustomerOrder:
    """Who is to be known to the service. `reference` makes the same order the same customer."""

    reference: str
    email: str
    name: str
    locale: str


@dataclass(frozen=True)
class Movement:
    """One movement of money on our account at the service. `amount` is signed, in the currency's minor unit.

    `source` names its cause: the same kind and source are the same movement, however often it is told.
    """

    kind: str
    source: str
    amount: int
    at: datetime
    balance_transaction: str | None = None


@dataclass(frozen=True)
class RefundState:
    """A refund as it is now; `failed` means that the money is on our account again."""

    id: str
    status: Literal["pending", "succeeded", "failed"]
    amount: int
    marker: str | None  # the number of the request that asked for it, where it was asked for here


@dataclass(frozen=True)
class Voucher:
    """How to pay what is awaited: codes for the convenience store, or an account for a transfer.

    `lines` are numbers by name: "lawson.payment_code", "account_number". `missing` is what has not come yet.
    """

    method: Literal["konbini", "bank"]
    url: str
    missing: int
    expires_at: datetime | None
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PaymentState:
    """A payment as it is now, with all that money did because of it."""

    id: str
    status: Literal["open", "waiting", "paid", "canceled"]
    reference: str | None  # None: the payment is not this site's
    amount: int
    received: int
    currency: str
    method: Literal["", "card", "konbini", "bank"]
    decline: str
    dispute: Literal["", "open", "won", "lost"]
    dispute_id: str
    fee_known: bool
    movements: tuple[Movement, ...]
    refunds: tuple[RefundState, ...]
    voucher: Voucher | None = None
    customer_id: str | None = None
    dispute_due_at: datetime | None = None  # until when an open dispute can be answered


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
    methods: tuple[
        str, ...
    ] = ()  # what the payer can choose from: less than was asked for where something does not fit


@dataclass(frozen=True)
class GatewayEvent:
    """A hint that something happened to an object of the service.

    One of the last four says what to look at; all are None where the event tells nothing that we follow.
    """

    id: str
    type: str
    object_id: str
    reference: str | None  # None: the object does not say that it is this site's
    session_id: str | None = None
    payment_id: str | None = None
    subscription_id: str | None = None
    payout_id: str | None = None
    customer_id: str | None = None


@dataclass(frozen=True)
class RefundOrder:
    """What is to be given back of a payment. `marker` makes the same order the same refund."""

    payment_id: str
    amount: int
    reference: str
    marker: str
    email: str = ""  # where the payee is asked for an account; needed where there is no card to give it back to


@dataclass(frozen=True)
class ReturnOrder:
    """What a customer transferred and no payment used, to be given back. `marker` makes it the same return."""

    customer_id: str
    amount: int
    currency: str
    email: str
    reference: str
    marker: str
    since: datetime  # when it was asked for first


class Gateway(PayoutGateway, Protocol):
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

    def payment(self, payment_id: str) -> PaymentState:
        """Return a payment's present state with its fee, refunds and disputes; GatewayRefused if there is none."""
        ...

    def refund(self, order: RefundOrder) -> RefundState:
        """Give money back, once however often the same order is given; GatewayRefused where no more is left."""
        ...

    def payments_since(self, moment: datetime) -> Iterator[PaymentState]:
        """Walk the payments made since `moment`, the newest first."""
        ...

    def checkouts_since(self, moment: datetime) -> Iterator[CheckoutState]:
        """Walk the checkout sessions opened since `moment`, the newest first."""
        ...

    def touched_since(self, moment: datetime) -> Iterator[str]:
        """Walk the ids of payments that were refunded or disputed since `moment`."""
        ...

    def customer(self, order: CustomerOrder) -> str:
        """Make a customer, or find the one that this order made before; returns the id."""
        ...

    def cancel_payment(self, payment_id: str) -> PaymentState:
        """End a payment so that it can never be paid; returns its present state, paid if the payer was faster."""
        ...

    def unused(self, customer_id: str, currency: str) -> int:
        """Return what a customer has transferred and no payment has used."""
        ...

    def give_back_unused(self, order: ReturnOrder) -> RefundState:
        """Send unused money back, once however often the same order is given; GatewayRefused where there is less."""
        ...

    def refunded(self, refund_id: str) -> RefundState:
        """Return a refund's present state; GatewayRefused if there is none of that id."""
        ...

    def funded_since(self, moment: datetime) -> Iterator[str]:
        """Walk the ids of customers whose account was moved since `moment`."""
        ...

    def read_event(self, body: bytes, signature: str) -> GatewayEvent:
        """Verify a delivery and return its event; BadSignature otherwise."""
        ...

    def ping(self) -> None:
        """Ask whether the key is accepted."""
        ...
