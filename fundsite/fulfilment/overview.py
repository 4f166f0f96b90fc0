"""What the shipping room's first page shows: each campaign with what it owes, and its batches."""

from dataclasses import dataclass

from sqlalchemy import func, select

from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import all_campaigns
from fundsite.db import db
from fundsite.fulfilment.models import Batch, BatchItem, Obligation
from fundsite.fulfilment.owed import Owed, owed_by_reward

OLD = 10  # how many finished batches are listed


@dataclass(frozen=True)
class BatchLine:
    """A batch in the list, how many things are in it and how many of these went out."""

    batch: Batch
    items: int
    shipped: int


@dataclass(frozen=True)
class CampaignRoom:
    """A campaign in the shipping room."""

    campaign: Campaign
    owed: list[Owed]
    live: list[BatchLine]
    over: list[BatchLine]

    @property
    def free(self) -> int:
        """How many things are in no batch yet."""
        return sum(row.free for row in self.owed)


def overview() -> list[CampaignRoom]:
    """Return every campaign that owes or owed something, the newest first."""
    rooms = [_room(campaign) for campaign in all_campaigns()]
    return [room for room in rooms if room.owed or room.live or room.over]


def _room(campaign: Campaign) -> CampaignRoom:
    lines = _lines(campaign.id)
    live = [line for line in lines if line.batch.status not in ("done", "dissolved")]
    over = [line for line in lines if line.batch.status == "done"]
    return CampaignRoom(campaign, owed_by_reward(campaign), live, over[:OLD])


def _lines(campaign_id: int) -> list[BatchLine]:
    shipped = func.count(Obligation.id).filter(Obligation.status == "shipped", Obligation.batch_id == Batch.id)
    rows = (
        select(Batch, func.count(BatchItem.id), shipped)
        .outerjoin(BatchItem, (BatchItem.batch_id == Batch.id) & BatchItem.removed_at.is_(None))
        .outerjoin(Obligation, Obligation.id == BatchItem.obligation_id)
        .where(Batch.campaign_id == campaign_id)
        .group_by(Batch.id)
        .order_by(Batch.id.desc())
    )
    return [BatchLine(*row) for row in db.session.execute(rows)]
