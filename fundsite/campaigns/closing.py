"""The end of an All-or-Nothing campaign: decided once, with the figures of that moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import PUBLISHED

Outcome = Literal["", "counting", "charging", "funded", "missed"]


def locked_campaign(session: Session, campaign_id: int) -> Campaign:
    """Return a campaign's present row, locked until the transaction ends; lock its pledge first, never after."""
    return session.scalars(
        select(Campaign).where(Campaign.id == campaign_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def to_be_closed(session: Session, now: datetime) -> Sequence[int]:
    """Return the All-or-Nothing campaigns whose end has come and is not decided."""
    due = select(Campaign.id).where(
        Campaign.funding == "all_or_nothing", PUBLISHED, Campaign.ends_at <= now, Campaign.closed_at.is_(None)
    )
    return session.scalars(due).all()


def close(session: Session, campaign_id: int, now: datetime) -> Campaign | None:
    """Decide whether the goal was reached, once; None where that was done before. Nothing changes it afterwards."""
    campaign = locked_campaign(session, campaign_id)
    if campaign.closed_at is not None:
        return None
    campaign.closed_at, campaign.closed_reached = now, campaign.raised >= campaign.goal
    campaign.closed_raised, campaign.closed_backers = campaign.raised, campaign.backers
    return campaign


def outcome_of(campaign: Campaign, now: datetime) -> Outcome:
    """Say how an All-or-Nothing campaign ended; nothing for one that goes on, or of another kind."""
    if campaign.closed_at is None:
        ended = campaign.funding == "all_or_nothing" and campaign.ends_at is not None and campaign.ends_at <= now
        return "counting" if ended else ""
    if not campaign.closed_reached:
        return "missed"
    return "funded" if campaign.charged_at else "charging"


def shown_figures(campaign: Campaign) -> tuple[int, int]:
    """Return raised and backers as the public reads them: of a missed goal, what was promised at the end."""
    if campaign.closed_at is not None and not campaign.closed_reached:
        return campaign.closed_raised or 0, campaign.closed_backers or 0
    return campaign.raised, campaign.backers
