"""What is owed and in no batch: by what staff choose it, and how much of it there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, func, or_, select

from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.fulfilment.layout import CARRIERS
from fundsite.fulfilment.models import LOCKED, Batch, Obligation
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward

ABROAD = "abroad"  # among regions: wherever no prefecture is


@dataclass(frozen=True)
class Choice:
    """What goes out together; nothing named means any. `kind` decides whether things or mails are meant."""

    campaign_id: int
    kind: str
    codes: Sequence[str] = ()
    months: Sequence[date] = ()
    regions: Sequence[str] = ()


@dataclass(frozen=True)
class Owed:
    """One reward's things of one month: in no batch, in a batch that is not locked, in a locked one, gone out."""

    code: str
    title: str
    shipping: str
    month: date | None
    free: int
    collected: int
    locked: int
    shipped: int

    @property
    def total(self) -> int:
        """How many there are in all."""
        return self.free + self.collected + self.locked + self.shipped


def chosen(choice: Choice) -> Any:
    """Select the things that a choice means: owed, in no batch, of those that go the batch's way.

    The carriers' files know no address abroad: what goes there gets a label of our own.
    """
    by_mail = Reward.shipping == "none"
    within = Pledge.country.in_(("", "JP"))
    rows = (
        select(Obligation.id)
        .join(Pledge, Pledge.id == Obligation.pledge_id)
        .join(Reward, Reward.id == Obligation.reward_id)
        .where(Reward.campaign_id == choice.campaign_id, Obligation.status == "owed", Obligation.batch_id.is_(None))
        .where(by_mail if choice.kind == "mail" else ~by_mail)
    )
    if choice.kind in CARRIERS:
        rows = rows.where(within)
    if choice.codes:
        rows = rows.where(Reward.code.in_(choice.codes))
    if choice.months:
        rows = rows.where(Obligation.due_month.in_(choice.months))
    if choice.regions:
        abroad = ~within if ABROAD in choice.regions else Pledge.id.is_(None)
        rows = rows.where(or_(Pledge.region.in_(choice.regions), abroad))
    return rows


def count_chosen(choice: Choice) -> int:
    """Count the things that a choice means now."""
    return db.session.scalar(select(func.count()).select_from(chosen(choice).subquery())) or 0


def owed_by_reward(campaign: Campaign) -> list[Owed]:
    """Add up a campaign's things by reward and month; what is void does not count. One statement."""
    locked = Batch.status.in_(LOCKED)
    owed = Obligation.status == "owed"
    sums = (
        _sum(owed & Obligation.batch_id.is_(None)),
        _sum(owed & Obligation.batch_id.is_not(None) & ~locked),
        _sum(owed & Obligation.batch_id.is_not(None) & locked),
        _sum(Obligation.status == "shipped"),
    )
    named = (Reward.code, Reward.title, Reward.shipping, Obligation.due_month)
    rows = (
        select(*named, *sums)
        .join(Obligation, Obligation.reward_id == Reward.id)
        .outerjoin(Batch, Batch.id == Obligation.batch_id)
        .where(Reward.campaign_id == campaign.id, Obligation.status != "void")
        .group_by(Reward.id, *named)
        .order_by(Reward.position, Obligation.due_month)
    )
    return [Owed(*row) for row in db.session.execute(rows)]


def _sum(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def regions_owed(campaign_id: int) -> set[str]:
    """Return the prefectures, and ABROAD, to which something is to go that is in no batch."""
    rows = (
        select(Pledge.region, Pledge.country)
        .join(Obligation, Obligation.pledge_id == Pledge.id)
        .where(Pledge.campaign_id == campaign_id, Obligation.status == "owed", Obligation.batch_id.is_(None))
        .distinct()
    )
    found = db.session.execute(rows)
    return {region if country in ("", "JP") else ABROAD for region, country in found} - {""}
