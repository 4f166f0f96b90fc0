"""Opening a campaign to the public: a draft becomes visible for good, and only when nothing is missing."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.campaigns.checklist import Around, Checklist, checklist
from fundsite.campaigns.editing import locked
from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.rewards.models import Reward
from fundsite.site import current_site


class NotReady(FundsiteError):
    """Something that a campaign cannot do without is missing."""


def checklist_of(campaign: Campaign) -> Checklist:
    """Return what a campaign still needs."""
    return _checked(db.session(), campaign)


def _checked(session: Session, campaign: Campaign) -> Checklist:
    rewards = session.scalar(select(func.count()).select_from(Reward).where(Reward.campaign_id == campaign.id))
    return checklist(campaign, Around(rewards or 0, current_site(), clock.now()))


def open_campaign(campaign_id: int, staff_id: int) -> None:
    """Publish a draft and announce its next goals; once published it stays so. NotReady while a point is missing."""
    with transaction() as session:
        campaign = locked(session, campaign_id)
        if campaign.published_at is not None:
            return
        if _checked(session, campaign).missing:
            raise NotReady(campaign.slug)
        campaign.published_at = clock.now()
        session.execute(
            update(NextGoal).where(NextGoal.campaign_id == campaign_id).values(announced_at=campaign.published_at)
        )
        audit.record(session, staff_id, "campaign.open", "campaign", campaign_id)
