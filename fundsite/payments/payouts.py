"""What a payment service sends to the organisation's bank, in the product's words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True)
class PayoutState:
    """What is sent to the bank at once, as it is now.

    One made by hand (`automatic` false) does not say what is in it; `complete` is true once that is known for certain.
    """

    id: str
    amount: int
    currency: str
    status: str
    automatic: bool
    complete: bool
    created_at: datetime
    arrives_on: date


@dataclass(frozen=True)
class PayoutPart:
    """One balance transaction in a payout, signed; `reference` is empty where the object does not say it is ours."""

    balance_transaction: str
    kind: str
    source: str
    amount: int
    fee: int
    net: int
    at: datetime
    reference: str


class PayoutGateway(Protocol):
    """The part of the gateway that tells of payouts."""

    def payouts_since(self, moment: datetime) -> Iterator[PayoutState]:
        """Walk the payouts made since `moment`, the newest first."""
        ...

    def payout(self, payout_id: str) -> PayoutState:
        """Return a payout's present state; GatewayRefused if there is none."""
        ...

    def payout_lines(self, payout_id: str) -> Iterator[PayoutPart]:
        """Walk what an automatic payout is made of."""
        ...
