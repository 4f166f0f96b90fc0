"""What was promised by when: how much of each reward has gone out, and what is late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Row, func, select, update

from fundsite import audit, clock
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import all_campaigns
from fundsite.db import db, transaction
from fundsite.fulfilment.errors import NoSuchBatch
from fundsite.fulfilment.models import Batch, Obligation
from fundsite.fulfilment.owed import Owed, owed_by_reward
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward
from fundsite.rewards.service import rewards_of
from fundsite.settings import current_settings

BEFORE = timedelta(days=14)
MOST_PEOPLE = 500
LATE, SOON, DUE, KEPT = "late", "soon", "due", "kept"


@dataclass(frozen=True)
class Promise:
    """A reward's things of one month, and how they stand: late, due soon, due later (or by no month), or all gone."""

    reward: Reward
    owed: Owed
    standing: str

    @property
    def left(self) -> int:
        """How much has not gone out."""
        return self.owed.total - self.owed.shipped


@dataclass(frozen=True)
class GoneOut:
    """How much of a reward has gone out, for everybody to see."""

    shipped: int
    total: int


def today() -> date:
    """Return the day that it is on the site."""
    return clock.local_day(clock.now(), current_settings().timezone)


def last_day(month: date) -> date:
    """Return the last day of a month."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def standing_of(month: date | None, left: int, day: date) -> str:
    """Say how a promise stands on a day."""
    if not left:
        return KEPT
    if month is None or day < last_day(month) - BEFORE:
        return DUE
    return LATE if day > last_day(month) else SOON


def promises() -> list[tuple[Campaign, list[Promise]]]:
    """Return every campaign that promised something, the newest first, with its promises."""
    found = [(campaign, _promises(campaign)) for campaign in all_campaigns()]
    return [(campaign, rows) for campaign, rows in found if rows]


def _promises(campaign: Campaign) -> list[Promise]:
    rewards, day = {reward.code: reward for reward in rewards_of(campaign.id)}, today()
    return [
        Promise(rewards[owed.code], owed, standing_of(owed.month, owed.total - owed.shipped, day))
        for owed in owed_by_reward(campaign)
    ]


def find_promised(reward_id: int) -> tuple[Reward, Campaign]:
    """Return a reward with its campaign; NoSuchBatch where there is none."""
    reward = db.session.get(Reward, reward_id)
    if reward is None:
        raise NoSuchBatch(str(reward_id))
    return reward, db.session.get_one(Campaign, reward.campaign_id)


def waiting(reward_id: int) -> Sequence[Row[str, str, date | None, str | None, int | None]]:
    """Return who waits for a reward, the longest first: reference, name, month, and the batch it is in."""
    rows = (
        select(Pledge.reference, Pledge.name, Obligation.due_month, Batch.title, Batch.id)
        .join(Obligation, Obligation.pledge_id == Pledge.id)
        .outerjoin(Batch, Batch.id == Obligation.batch_id)
        .where(Obligation.reward_id == reward_id, Obligation.status == "owed")
        .order_by(Obligation.due_month.is_(None), Obligation.due_month, Obligation.id)
    )
    return db.session.execute(rows.limit(MOST_PEOPLE)).all()


def show_shipped(reward_id: int, by: int | None, *, shown: bool) -> None:
    """Say on the public page how much of a reward has gone out, or say it no longer."""
    with transaction() as session:
        changing = update(Reward).where(Reward.id == reward_id, Reward.shows_shipped.is_not(shown))
        if session.execute(changing.values(shows_shipped=shown).returning(Reward.id)).one_or_none():
            audit.record(session, by, "reward.shows_shipped", "reward", reward_id, shown=shown)


def gone_out(rewards: Sequence[Reward]) -> dict[str, GoneOut]:
    """Return, by code, what the public page says of those rewards that show it. No statement where none does."""
    shown = {reward.id: reward.code for reward in rewards if reward.shows_shipped}
    if not shown:
        return {}
    rows = (
        select(Obligation.reward_id, func.count().filter(Obligation.status == "shipped"), func.count())
        .where(Obligation.reward_id.in_(shown), Obligation.status != "void")
        .group_by(Obligation.reward_id)
    )
    return {shown[number]: GoneOut(shipped, total) for number, shipped, total in db.session.execute(rows)}
