"""A campaign as pages show it: plain values, from which templates ask nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fundsite import clock, pictures
from fundsite.campaigns.closing import Outcome, outcome_of, shown_figures
from fundsite.campaigns.figures import Progress, TimeLeft, progress, time_left
from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.campaigns.service import is_within
from fundsite.i18n import current_locale
from fundsite.media import Picture
from fundsite.settings import current_settings


@dataclass(frozen=True)
class CampaignCard:
    """One campaign among others, in one of these shapes: open, upcoming, ended, monthly (supporters only)."""

    slug: str
    title: str
    summary: str
    cover: Picture | None
    funding: str
    wording: str
    currency: str
    raised: int
    backers: int
    percent: int
    outcome: Outcome
    left: TimeLeft
    ends_on: datetime | None

    @property
    def shape(self) -> str:
        """Which of the shapes applies."""
        return "monthly" if self.funding == "monthly" else self.left.status


@dataclass(frozen=True)
class CampaignHeader:
    """What every page of a campaign repeats: its name, its picture and its figures."""

    slug: str
    title: str
    summary: str
    url: str
    funding: str
    wording: str
    currency: str
    cover: Picture | None
    share_image: str | None
    progress: Progress
    left: TimeLeft
    starts_at: datetime
    ends_on: datetime | None
    accepts_pledges: bool
    outcome: Outcome
    raised_offline: int = 0  # the part of what was raised that did not come online


def left_of(campaign: Campaign, now: datetime) -> TimeLeft:
    """Say what is left of a campaign."""
    return time_left(now, campaign.starts_at, campaign.ends_at, current_settings().timezone)


def closing_day(campaign: Campaign) -> datetime | None:
    """Return a moment within the closing day: the end itself is already the next one."""
    return campaign.ends_at - timedelta(seconds=1) if campaign.ends_at else None


def absolute(path: str) -> str:
    """Return the full address of a path of this site."""
    return current_settings().site_url + path


def localised(path: str) -> str:
    """Return the full address of a page in the language that is being written."""
    locale, settings = current_locale(), current_settings()
    return absolute(path if locale == settings.locale else f"/{locale}{path}")


def card_of(campaign: Campaign, now: datetime) -> CampaignCard:
    """Show a campaign among others."""
    raised, backers = shown_figures(campaign)
    return CampaignCard(
        slug=campaign.slug,
        title=campaign.title,
        summary=campaign.summary,
        cover=pictures.picture_of(campaign.cover, ""),
        funding=campaign.funding,
        wording=campaign.wording,
        currency=campaign.currency,
        raised=raised,
        backers=backers,
        percent=raised * 100 // campaign.goal,
        outcome=outcome_of(campaign, now),
        left=left_of(campaign, now),
        ends_on=closing_day(campaign),
    )


def header_of(campaign: Campaign, goals: list[NextGoal]) -> CampaignHeader:
    """Show what every page of the campaign repeats; a draft is shown as it will be."""
    now = clock.now()
    share = pictures.share_url(campaign.cover)
    targets = [(campaign.goal, "", ""), *((goal.amount, goal.title, goal.body_html) for goal in goals)]
    return CampaignHeader(
        slug=campaign.slug,
        title=campaign.title,
        summary=campaign.summary,
        url=localised(f"/c/{campaign.slug}/"),
        funding=campaign.funding,
        wording=campaign.wording,
        currency=campaign.currency,
        cover=pictures.picture_of(campaign.cover, campaign.title),
        share_image=absolute(share) if share else None,
        progress=progress(*shown_figures(campaign), targets),
        left=left_of(campaign, now),
        starts_at=campaign.starts_at,
        ends_on=closing_day(campaign),
        accepts_pledges=is_within(campaign, now),
        outcome=outcome_of(campaign, now),
        raised_offline=campaign.raised_offline,
    )
