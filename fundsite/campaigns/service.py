"""Campaigns as other features see them."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, defer

from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.db import db
from fundsite.errors import FundsiteError


class NoSuchCampaign(FundsiteError):
    """There is no campaign of that slug."""


def find_campaign(slug: str) -> Campaign:
    """Return the campaign; NoSuchCampaign otherwise. One statement."""
    campaign = db.session.scalar(select(Campaign).where(Campaign.slug == slug))
    if campaign is None:
        raise NoSuchCampaign(slug)
    return campaign


def next_goals(campaign: Campaign) -> list[NextGoal]:
    """Return the next goals, lowest first."""
    rows = select(NextGoal).where(NextGoal.campaign_id == campaign.id).order_by(NextGoal.amount)
    return list(db.session.scalars(rows))


def all_campaigns() -> list[Campaign]:
    """Return what a card shows of every campaign, the newest start first; texts are not loaded."""
    texts = [defer(column, raiseload=True) for column in (Campaign.story, Campaign.story_html, Campaign.faq)]
    return list(db.session.scalars(select(Campaign).options(*texts).order_by(Campaign.starts_at.desc(), Campaign.id)))


def is_open(campaign: Campaign, now: datetime) -> bool:
    """Whether pledges are taken at `now`: the end is the end of the closing date."""
    return campaign.starts_at <= now and (campaign.ends_at is None or now < campaign.ends_at)


def count_payment(session: Session, campaign_id: int, amount: int, backers: int) -> None:
    """Move the kept figures by one statement; both may be negative when money goes back."""
    session.execute(
        update(Campaign)
        .where(Campaign.id == campaign_id)
        .values(raised=Campaign.raised + amount, backers=Campaign.backers + backers)
    )
