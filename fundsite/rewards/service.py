"""Scarcity. Stock is taken by one conditional statement with a CHECK behind it; whoever takes it gives it back."""

from datetime import datetime
from typing import cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from fundsite.db import db
from fundsite.rewards.models import Reward, RewardPromise


def rewards_of(campaign_id: int) -> list[Reward]:
    """Return a campaign's tiers in the order in which they are shown."""
    return list(db.session.scalars(select(Reward).where(Reward.campaign_id == campaign_id).order_by(Reward.position)))


def find_reward(campaign_id: int, code: str) -> Reward | None:
    """Return the tier of that code, if the campaign has one. PostgreSQL cannot even be asked for a NUL."""
    if "\x00" in code:
        return None
    return db.session.scalar(select(Reward).where(Reward.campaign_id == campaign_id, Reward.code == code))


def promised(reward: Reward, at: datetime) -> Reward | RewardPromise:
    """Return what a tier said at a moment: the promise that was replaced first after it, else its present words."""
    replaced = (RewardPromise.reward_id == reward.id, RewardPromise.replaced_at > at)
    return db.session.scalar(select(RewardPromise).where(*replaced).order_by(RewardPromise.id).limit(1)) or reward


def take(session: Session, reward_id: int, quantity: int) -> bool:
    """Take stock, or leave it as it is and return False when less than `quantity` is left."""
    taken = session.execute(
        update(Reward)
        .where(Reward.id == reward_id, or_(Reward.stock.is_(None), Reward.claimed + quantity <= Reward.stock))
        .values(claimed=Reward.claimed + quantity)
    )
    return cast("CursorResult[object]", taken).rowcount == 1


def give_back(session: Session, reward_id: int, quantity: int) -> None:
    """Return stock that was taken and not paid."""
    session.execute(update(Reward).where(Reward.id == reward_id).values(claimed=Reward.claimed - quantity))


def count_paid(session: Session, reward_id: int, quantity: int) -> None:
    """Count what is paid into 申込数."""
    session.execute(update(Reward).where(Reward.id == reward_id).values(pledged=Reward.pledged + quantity))
