"""Scarcity. Stock is taken by one conditional statement with a CHECK behind it; whoever takes it gives it back."""

from typing import cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from fundsite.db import db
from fundsite.rewards.models import Reward


def rewards_of(campaign_id: int) -> list[Reward]:
    """Return a campaign's tiers in the order in which they are shown."""
    return list(db.session.scalars(select(Reward).where(Reward.campaign_id == campaign_id).order_by(Reward.position)))


def find_reward(campaign_id: int, code: str) -> Reward | None:
    """Return the tier of that code, if the campaign has one. PostgreSQL cannot even be asked for a NUL."""
    if "\x00" in code:
        return None
    return db.session.scalar(select(Reward).where(Reward.campaign_id == campaign_id, Reward.code == code))


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
    """Count what is paid, or promised for certain, into 申込数; a negative quantity takes it out again."""
    session.execute(update(Reward).where(Reward.id == reward_id).values(pledged=Reward.pledged + quantity))
