"""Money that did not come through Stripe: staff enter it, and it counts like any other. Nothing is ever deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.books.ledger import book
from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.payments.gateway import Movement
from fundsite.pledges import access, lifecycle
from fundsite.pledges.models import Pledge
from fundsite.pledges.payments import account_of
from fundsite.pledges.service import SoldOut
from fundsite.rewards.models import Reward
from fundsite.settings import current_settings

SOURCES = ("cash", "bank", "other")
NOON = timedelta(hours=12)  # of the day received: whoever reads it in another zone reads the same day


class TooLittle(FundsiteError):
    """The amount does not pay for the reward."""


@dataclass(frozen=True)
class Gift:
    """What was received, from whom and for what. `attempt` makes the same gift one pledge, however often it is sent."""

    attempt: str
    source: str
    amount: int
    received_on: date
    reward_code: str = ""
    quantity: int = 1
    name: str = ""
    email: str = ""
    display_name: str = ""
    comment: str = ""
    memo: str = ""
    thanks: bool = False


def enter(campaign_id: int, gift: Gift, by: int) -> str:
    """Write a gift as a paid pledge, in one transaction; returns its reference. The same attempt twice is one pledge.

    Raises SoldOut and TooLittle, with nothing written. The thank-you goes out only where the gift says so.
    """
    try:
        with transaction() as session:
            earlier = session.scalar(select(Pledge).where(Pledge.attempt == gift.attempt))
            pledge = earlier or _written(session, session.get_one(Campaign, campaign_id), gift)
            if earlier is None:
                audit.record(
                    session, by, "offline.entered", "pledge", pledge.id, amount=pledge.total, source=gift.source
                )
            return pledge.reference
    except IntegrityError:
        met = db.session.scalar(select(Pledge.reference).where(Pledge.attempt == gift.attempt))
        if met is None:
            raise
        return met


def enter_all(campaign_id: int, gifts: Sequence[Gift], by: int) -> int:
    """Write many gifts, all of them or none; returns how many are new. Raises what `enter` raises."""
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        known = known_attempts(session, gifts)
        new = [gift for gift in gifts if gift.attempt not in known]
        for gift in new:
            _written(session, campaign, gift)
        if new:
            total = sum(gift.amount for gift in new)
            audit.record(session, by, "offline.imported", "campaign", campaign.id, count=len(new), amount=total)
        return len(new)


def known_attempts(session: Session, gifts: Sequence[Gift]) -> set[str]:
    """Return those that were entered before."""
    return set(session.scalars(select(Pledge.attempt).where(Pledge.attempt.in_([gift.attempt for gift in gifts]))))


def _written(session: Session, campaign: Campaign, gift: Gift) -> Pledge:
    reward = _reward(session, campaign, gift)
    pledge = _pledge(campaign, reward, gift)
    if not lifecycle.take_stock(session, pledge):
        raise SoldOut(gift.reward_code)
    lifecycle.begin(session, pledge, f"staff:entered:{gift.source}")
    at = pledge.paid_at or clock.now()
    lifecycle.move(session, pledge, "paid", f"staff:received:{gift.source}", at, silent=not gift.thanks)
    book(session, account_of(pledge), [Movement("offline", f"pledge:{pledge.reference}", pledge.total, at)])
    return pledge


def _reward(session: Session, campaign: Campaign, gift: Gift) -> Reward | None:
    if not gift.reward_code:
        return None
    of_campaign = select(Reward).where(Reward.campaign_id == campaign.id, Reward.code == gift.reward_code)
    reward = session.scalars(of_campaign).one()
    if gift.amount < reward.amount * gift.quantity:
        raise TooLittle(gift.reward_code)
    return reward


def _pledge(campaign: Campaign, reward: Reward | None, gift: Gift) -> Pledge:
    reference, now, at = access.new_reference(), clock.now(), received_at(gift.received_on)
    unit_amount, quantity = (reward.amount, gift.quantity) if reward else (0, 0)
    return Pledge(
        reference=reference,
        attempt=gift.attempt,
        token_hash=access.token_hash(access.token_of(reference)),
        campaign_id=campaign.id,
        reward_id=reward.id if reward else None,
        status="pending",
        source=gift.source,
        currency=campaign.currency,
        unit_amount=unit_amount,
        quantity=quantity,
        extra=gift.amount - unit_amount * quantity,
        total=gift.amount,
        email=gift.email,
        name=gift.name,
        display_name=gift.display_name,
        anonymous=not gift.display_name,
        comment=gift.comment,
        memo=gift.memo,
        created_at=now,
        hold_until=now,
        next_look_at=now,
        paid_at=at,
    )


def received_at(day: date) -> datetime:
    """Return the moment at which a day's gift counts: noon, and never a moment to come."""
    return min(clock.start_of_day(day, current_settings().timezone) + NOON, clock.now())
