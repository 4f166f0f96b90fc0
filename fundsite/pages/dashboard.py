"""The figures of one campaign for staff: by day, by reward, by origin, and what waits. Nothing personal is in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import CampaignHeader, header_of
from fundsite.campaigns.service import find_campaign, next_goals
from fundsite.pages.day_charts import DayCharts, day_charts
from fundsite.pages.open_tasks import Task, open_tasks
from fundsite.pages.periods import Period, every_day, gathered, starts, unit_for
from fundsite.pledges.figures_by_day import OriginFigures, amounts_by_reward, figures_by_day, figures_by_origin
from fundsite.pledges.monthly.figures import MonthlyFigures, monthly_figures
from fundsite.pledges.promised.figures import ChargeLine, charge_lines
from fundsite.rewards.models import Reward
from fundsite.rewards.service import rewards_of
from fundsite.settings import current_settings

ORIGINS_SHOWN = 20
PERMILLE = 1000


@dataclass(frozen=True)
class RewardLine:
    """A reward tier, or (without `code`) what was given without one; money in the minor unit, extras included."""

    code: str
    title: str
    price: int | None
    pledged: int
    at_checkout: int
    stock: int | None
    remaining: int | None
    amount: int
    permille: int


@dataclass(frozen=True)
class OriginLine:
    """A place that backers came from; `place` is empty where it is not known, `words` are utm medium and campaign."""

    place: str
    words: str
    amount: int
    backers: int
    permille: int


@dataclass(frozen=True)
class Dashboard:
    """The whole page. `unit` says what a period is: day, week or month."""

    campaign: Campaign
    header: CampaignHeader
    tasks: tuple[Task, ...]
    unit: str
    periods: tuple[Period, ...]
    charts: DayCharts
    rewards: tuple[RewardLine, ...]
    origins: tuple[OriginLine, ...]
    origins_left_out: int
    charges: tuple[ChargeLine, ...]
    monthly: MonthlyFigures | None = None  # None: the campaign is not monthly


def dashboard(slug: str) -> Dashboard:
    """Compose the page; NoSuchCampaign if there is none. A dozen statements, whatever the number of pledges."""
    campaign = find_campaign(slug)
    header = header_of(campaign, next_goals(campaign))
    days = campaign_days(campaign)
    last = max(days[-1].start, _last_day(campaign))
    unit = unit_for((last - days[0].start).days + 1)
    periods = gathered(days, unit)
    rewards, origins = rewards_of(campaign.id), origin_lines(campaign.id)
    return Dashboard(
        campaign=campaign,
        header=header,
        tasks=open_tasks(campaign, rewards),
        unit=unit,
        periods=tuple(periods),
        charts=day_charts(header, periods, starts(days[0].start, last, unit), unit),
        rewards=reward_lines(campaign.id, rewards),
        origins=origins[:ORIGINS_SHOWN],
        origins_left_out=max(len(origins) - ORIGINS_SHOWN, 0),
        charges=charge_lines(campaign.id) if campaign.funding == "all_or_nothing" else (),
        monthly=monthly_figures(campaign.id) if campaign.funding == "monthly" else None,
    )


def campaign_days(campaign: Campaign) -> list[Period]:
    """Return every day of a campaign until today or its end, in the site's time zone."""
    zone = current_settings().timezone
    today = clock.local_day(clock.now(), zone)
    first = min(clock.local_day(campaign.starts_at, zone), today)
    return every_day(figures_by_day(campaign.id, zone), first, max(min(today, _last_day(campaign)), first))


def _last_day(campaign: Campaign) -> date:
    """Return the closing day; today where there is none."""
    zone = current_settings().timezone
    end = campaign.ends_at - timedelta(seconds=1) if campaign.ends_at else clock.now()
    return clock.local_day(end, zone)


def reward_lines(campaign_id: int, rewards: Sequence[Reward]) -> tuple[RewardLine, ...]:
    """Return every tier in the order of the page, then what was given without one."""
    money = amounts_by_reward(campaign_id)
    most = max([amount for amount, _backers in money.values()], default=1)
    lines = [
        RewardLine(
            code=reward.code,
            title=reward.title,
            price=reward.amount,
            pledged=reward.pledged,
            at_checkout=reward.claimed - reward.pledged,
            stock=reward.stock,
            remaining=reward.remaining,
            amount=money.get(reward.id, (0, 0))[0],
            permille=money.get(reward.id, (0, 0))[0] * PERMILLE // most,
        )
        for reward in rewards
    ]
    amount, backers = money.get(None, (0, 0))
    if backers:
        lines.append(RewardLine("", "", None, backers, 0, None, None, amount, amount * PERMILLE // most))
    return tuple(lines)


def origin_lines(campaign_id: int) -> tuple[OriginLine, ...]:
    """Return where the money came from, the most first."""
    found = figures_by_origin(campaign_id)
    most = max([origin.amount for origin in found], default=1)
    return tuple(
        OriginLine(_place(origin), _words(origin), origin.amount, origin.backers, origin.amount * PERMILLE // most)
        for origin in found
    )


def _place(origin: OriginFigures) -> str:
    return origin.utm_source or origin.referrer_host


def _words(origin: OriginFigures) -> str:
    return " / ".join(word for word in (origin.utm_medium, origin.utm_campaign) if word)
