"""What the product asks a payment service for. Each order says of itself what makes it the same one again."""

from dataclasses import dataclass
from datetime import datetime


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
    customer_id: str | None = None  # a transfer comes to an account of theirs, a saved card belongs to them
    attempt: int = 0  # which session of this reference it is: a pledge can be paid again
    monthly: bool = False  # the same again each month, until one side ends it
    consent: str = ""  # with it a card is saved instead of charged, for what these words say


@dataclass(frozen=True)
class CustomerOrder:
    """Who is to be known to the service. `reference` makes the same order the same customer."""

    reference: str
    email: str
    name: str
    locale: str


@dataclass(frozen=True)
class ChargeOrder:
    """One charge of a saved card, its owner being away. `reference` and `number` make the same order the same one."""

    reference: str
    number: int
    amount: int
    currency: str
    customer_id: str
    saved_card_id: str


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
