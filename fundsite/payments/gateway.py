"""What the product asks of a payment service, in its own words. No caller knows which service answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from fundsite.errors import FundsiteError
from fundsite.payments.monthly import MonthlyGateway
from fundsite.payments.orders import ChargeOrder, CheckoutOrder, CustomerOrder, RefundOrder, ReturnOrder
from fundsite.payments.payouts import PayoutGateway


class GatewayUnavailable(FundsiteError):
    """The service did not answer in time, or answered that it cannot now. Whether it acted is unknown."""


class GatewayBusy(GatewayUnavailable):
    """The very same request is being worked on: whoever made it first gets the answer."""


class GatewayRefused(FundsiteError):
    """The service understood and said no; asking again the same way is of no use."""


class BadSignature(FundsiteError):
    """A delivery that the service did not sign, or signed too long ago, or that is no event at all."""


class CardDeclined(GatewayRefused):
    """The card's bank said no; `payment_id` is the payment that was tried."""

    def __init__(self, reason: str, payment_id: str) -> None:
        """Keep which payment it was."""
        super().__init__(reason)
        self.payment_id = payment_id


class CardUnusable(GatewayRefused):
    """The saved card or its owner is not there any more: nothing can be charged, and nothing was."""


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
    status: Literal["open", "waiting", "paid", "failed", "canceled"]  # failed: a saved card was declined
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
    charge_number: int | None = None  # which charge of a saved card it is
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
    saves_card: bool = False
    saved_card_id: str | None = None
    customer_id: str | None = None
    subscription_id: str | None = None
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


class Gateway(MonthlyGateway, PayoutGateway, Protocol):
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

    def charge(self, order: ChargeOrder) -> PaymentState:
        """Charge a saved card, once however often the same order is given; CardUnusable where there is no card."""
        ...

    def charges_of(self, customer_id: str) -> Iterator[PaymentState]:
        """Walk the payments of a customer, the newest first."""
        ...

    def forget_card(self, saved_card_id: str) -> None:
        """Take a saved card from its customer for good; GatewayRefused where that is so already."""
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
