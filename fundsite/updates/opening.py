"""Whom a report is open to: everybody, or who comes through the private link of a pledge or as a follower."""

from dataclasses import dataclass

from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import find_campaign
from fundsite.db import db
from fundsite.pledges.models import Pledge
from fundsite.pledges.service import find_by_token
from fundsite.updates.audience import opened_by_follower, opened_by_pledge
from fundsite.updates.followers import find_follower
from fundsite.updates.models import Update
from fundsite.updates.service import NoSuchUpdate, published


@dataclass(frozen=True)
class Opening:
    """A published report, its campaign, and whether it is open to whoever asks."""

    campaign: Campaign
    update: Update
    opened: bool


def find_pledge(token: str) -> Pledge:
    """Return the pledge that a private link opens; NoSuchUpdate for any other link."""
    pledge = find_by_token(token)
    if pledge is None:
        raise NoSuchUpdate("link")
    return pledge


def to_everybody(slug: str, number: int) -> Opening:
    """Find a report as whoever comes without a link; NoSuchUpdate where there is none."""
    campaign = find_campaign(slug)
    update = published(campaign.id, number)
    return Opening(campaign, update, update.is_public)


def to_supporter(token: str, number: int, slug: str | None = None) -> Opening:
    """Find a report of the campaign that was pledged to, or of another one (as monthly supporters read them)."""
    pledge = find_pledge(token)
    campaign = find_campaign(slug) if slug else db.session.get_one(Campaign, pledge.campaign_id)
    update = published(campaign.id, number)
    return Opening(campaign, update, opened_by_pledge(update, pledge.id))


def to_follower(token: str, number: int) -> Opening:
    """Find a report of the campaign that somebody follows; NoSuchUpdate for whoever follows no longer."""
    follower = find_follower(token)
    if follower is None:
        raise NoSuchUpdate("link")
    campaign = db.session.get_one(Campaign, follower.campaign_id)
    update = published(campaign.id, number)
    return Opening(campaign, update, opened_by_follower(update, follower))
