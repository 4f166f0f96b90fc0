"""What the pages of a pledge show, as plain values."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Summary:
    """What is being bought: the left-hand side of the form and the heart of the confirmation."""

    campaign_slug: str
    campaign_title: str
    wording: str
    currency: str
    reward_code: str | None
    reward_title: str | None
    unit_amount: int
    quantity: int
    extra: int
    total: int
    fulfilment_month: date | None
    ends_at: datetime | None
    shipping: str


@dataclass(frozen=True)
class PledgeView:
    """A pledge as its supporter sees it in the private room and on the thanks page."""

    reference: str
    token: str
    status: str
    summary: Summary
    email: str
    name: str
    address_lines: tuple[str, ...]
    display_name: str
    anonymous: bool
    comment: str
    created_at: datetime
    paid_at: datetime | None
