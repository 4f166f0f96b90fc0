"""Campaigns as other features see them."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, defer

from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.db import db
from fundsite.errors import FundsiteError

PUBLISHED = Campaign.published_at.is_not(None)


class NoSuchCampaign(FundsiteError):
    """There is no campaign of that slug."""


def find_campaign(slug: str) -> Campaign:
    """Return the campaign; NoSuchCampaign otherwise, also for a draft. One statement."""
    campaign = db.session.scalar(select(Campaign).where(Campaign.slug == slug, PUBLISHED))
    if campaign is None:
        raise NoSuchCampaign(slug)
    return campaign


def next_goals(campaign: Campaign) -> list[NextGoal]:
    """Return the next goals, lowest first."""
    rows = select(NextGoal).where(NextGoal.campaign_id == campaign.id).order_by(NextGoal.amount)
    return list(db.session.scalars(rows))


def all_campaigns() -> list[Campaign]:
    """Return what a card shows of every published campaign, the newest start first; texts are not loaded."""
    texts = [defer(column, raiseload=True) for column in (Campaign.story, Campaign.story_html, Campaign.faq)]
    rows = select(Campaign).where(PUBLISHED).options(*texts).order_by(Campaign.starts_at.desc(), Campaign.id)
    return list(db.session.scalars(rows))


def is_open(campaign: Campaign, now: datetime) -> bool:
    """Whether pledges are taken at `now`: the end is the end of the closing date."""
    return campaign.published_at is not None and is_within(campaign, now)


def is_within(campaign: Campaign, now: datetime) -> bool:
    """Whether `now` lies between a campaign's days, published or not. What was closed stays so."""
    if campaign.closed_at is not None:
        return False
    return campaign.starts_at <= now and (campaign.ends_at is None or now < campaign.ends_at)


def count_payment(session: Session, campaign_id: int, amount: int, backers: int, *, offline: int = 0) -> None:
    """Move the kept figures by one statement; all may be negative. `offline` is the part that did not come online."""
    session.execute(
        update(Campaign)
        .where(Campaign.id == campaign_id)
        .values(
            raised=Campaign.raised + amount,
            raised_offline=Campaign.raised_offline + offline,
            backers=Campaign.backers + backers,
        )
    )
