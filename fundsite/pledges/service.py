"""Making a pledge: taking stock, opening checkout, coming back from it.

Persist first, then act: a pledge and its claim on stock stand in the database before Stripe hears of them,
and no transaction is open while Stripe is being asked.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import is_open
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.payments.gateway import (
    Gateway,
)
from fundsite.pledges import access, lifecycle
from fundsite.pledges.models import Pledge
from fundsite.pledges.open_checkouts import TooManyOpen, make_room, note_opened
from fundsite.rewards.models import Reward

log = structlog.get_logger()

# Stripe keeps a session for 30 minutes at least; ten more let a slow reply or a second try stay above that.
HOLD = timedelta(minutes=40)
PATIENCE = timedelta(minutes=2)  # how long a request may be on its way before the worker looks after its pledge


class SoldOut(FundsiteError):
    """Less is left than was asked for; nothing was taken."""


class NotOpen(FundsiteError):
    """The campaign takes no pledges now."""


class TermsChanged(FundsiteError):
    """What was confirmed is not what the reward costs now, or the reward is gone; nothing was taken."""


class TooMany(FundsiteError):
    """This supporter would hold more of the reward than one person may."""


class Superseded(FundsiteError):
    """Another order of this attempt is still at checkout; it must be left before this one can start."""

    def __init__(self, earlier: Pledge) -> None:
        """Keep which pledge that is."""
        super().__init__(earlier.reference)
        self.pledge_id = earlier.id


class CheckoutUnavailable(FundsiteError):
    """The payment service could not be reached; the pledge is undone and its stock given back."""


@dataclass(frozen=True)
class PledgeOrder:
    """What a supporter confirmed. `total` is the sum that was shown; it must still be true."""

    attempt: str
    campaign_id: int
    reward_code: str | None
    quantity: int
    extra: int
    total: int
    email: str
    name: str
    locale: str
    details: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    visitor: dict[str, int] = field(default_factory=dict)  # by what open checkouts are counted, and how many may be

    def same_as(self, pledge: Pledge, reward: Reward | None) -> bool:
        """Whether `pledge` already is this order."""
        return (
            pledge.reward_id == (reward.id if reward else None)
            and (pledge.quantity, pledge.extra, pledge.total) == (self.quantity, self.extra, self.total)
            and (pledge.email, pledge.name) == (self.email, self.name)
            and all(getattr(pledge, name) == value for name, value in self.details.items())
        )


def gateway() -> Gateway:
    """Return the payment service of the running app."""
    found: Gateway = current_app.extensions["fundsite.gateway"]
    return found


def find_by_attempt(attempt: str) -> Pledge | None:
    """Return the pledge that this attempt became, if it became one. PostgreSQL cannot even be asked for a NUL."""
    if "\x00" in attempt:
        return None
    return db.session.scalar(select(Pledge).where(Pledge.attempt == attempt))


def find_by_token(token: str) -> Pledge | None:
    """Return the pledge that a private link opens."""
    return db.session.scalar(select(Pledge).where(Pledge.token_hash == access.token_hash(token)))


def start_pledge(order: PledgeOrder) -> Pledge:
    """Take stock and write the pledge, in one transaction; the same attempt twice is one pledge.

    A pledge of this attempt that is paid, or that is pending with the same order, is returned as it is. One that ended
    unpaid makes room for a new one. Raises NotOpen, TermsChanged, TooMany, TooManyOpen, SoldOut and
    Superseded, with nothing taken.
    """
    try:
        with transaction() as session:
            return _start(session, order, clock.now())
    except (IntegrityError, SoldOut, TooMany, TooManyOpen):
        # Two requests with one attempt may have met on PostgreSQL: then the other one won, perhaps the last piece.
        existing = find_by_attempt(order.attempt)
        if existing is None:
            raise
        return existing


def _start(session: Session, order: PledgeOrder, now: datetime) -> Pledge:
    campaign = session.get_one(Campaign, order.campaign_id)
    reward = _reward(session, order)
    earlier = session.scalars(select(Pledge).where(Pledge.attempt == order.attempt).with_for_update()).one_or_none()
    if earlier is not None:
        if earlier.status in {"expired", "canceled"}:
            earlier.attempt = f"{earlier.attempt}:{earlier.id}"
            session.flush()
        elif earlier.status != "pending" or order.same_as(earlier, reward):
            return earlier
        else:
            raise Superseded(earlier)
    if not is_open(campaign, now):
        raise NotOpen(campaign.slug)
    make_room(session, order.visitor, now)
    pledge = _pledge(campaign, reward, order, now)
    if not lifecycle.take_stock(session, pledge):
        raise SoldOut(order.reward_code or "")
    _check_share(session, reward, order)
    lifecycle.begin(session, pledge, "supporter:confirmed")
    note_opened(session, order.visitor, pledge, now)
    log.info("pledge_started", reference=pledge.reference, campaign=campaign.slug, total=pledge.total)
    return pledge


def _reward(session: Session, order: PledgeOrder) -> Reward | None:
    if order.reward_code is None:
        return None
    reward = session.scalars(
        select(Reward).where(Reward.campaign_id == order.campaign_id, Reward.code == order.reward_code)
    ).one_or_none()
    if reward is None:
        raise TermsChanged(order.reward_code)
    return reward


def _check_share(session: Session, reward: Reward | None, order: PledgeOrder) -> None:
    """Hold the reward's limit per person. The reward's row is locked by now, so two at once are counted."""
    if reward is None or reward.per_backer is None:
        return
    held = session.scalar(
        select(func.coalesce(func.sum(Pledge.quantity), 0)).where(
            Pledge.reward_id == reward.id,
            Pledge.holds_stock.is_(True),
            func.lower(Pledge.email) == order.email.lower(),
        )
    )
    if (held or 0) + order.quantity > reward.per_backer:
        raise TooMany(str(reward.per_backer))


def _pledge(campaign: Campaign, reward: Reward | None, order: PledgeOrder, now: datetime) -> Pledge:
    unit_amount = reward.amount if reward else 0
    total = unit_amount * order.quantity + order.extra
    once_a_month = campaign.funding != "monthly" or order.quantity <= 1
    if total != order.total or not once_a_month:
        raise TermsChanged(order.reward_code or "")
    reference = access.new_reference()
    return Pledge(
        reference=reference,
        attempt=order.attempt,
        token_hash=access.token_hash(access.token_of(reference)),
        campaign_id=campaign.id,
        reward_id=reward.id if reward else None,
        status="pending",
        currency=campaign.currency,
        unit_amount=unit_amount,
        quantity=order.quantity,
        extra=order.extra,
        total=total,
        email=order.email,
        name=order.name,
        locale=order.locale,
        created_at=now,
        hold_until=now + HOLD,
        next_look_at=now + PATIENCE,
        **order.details,
        **order.origin,
    )
