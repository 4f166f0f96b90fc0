"""What programs read: figures as JSON, the sitemap, colours, readiness."""

from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from fundsite.campaigns.present import CampaignHeader, absolute, header_of
from fundsite.campaigns.service import all_campaigns, find_campaign, next_goals
from fundsite.migrate import pending_migrations
from fundsite.rewards.models import Reward
from fundsite.rewards.service import rewards_of
from fundsite.settings import current_settings
from fundsite.site import current_site
from fundsite.updates.service import newest

UPDATES_IN_JSON = 100

log = structlog.get_logger()


def campaign_json(slug: str) -> dict[str, object]:
    """Return the documented figures of a campaign; moments are ISO 8601 in the site's time zone."""
    campaign = find_campaign(slug)
    header = header_of(campaign, next_goals(campaign))
    updates, _total = newest(campaign.id, UPDATES_IN_JSON)
    return {
        "slug": header.slug,
        "title": header.title,
        "url": header.url,
        "status": header.left.status,
        "currency": header.currency,
        "goal": header.progress.goal,
        "next_goals": [
            {"amount": target.amount, "title": target.title, "reached": target.reached}
            for target in header.progress.targets[1:]
        ],
        "raised": header.progress.raised,
        "percent": header.progress.percent,
        "backers": header.progress.backers,
        "starts_at": _iso(campaign.starts_at),
        "ends_at": _iso(campaign.ends_at),
        "days_left": _days_left(header),
        "rewards": [_reward(reward) for reward in rewards_of(campaign.id)],
        "updates": [
            {
                "number": update.number,
                "title": update.title,
                "published_at": _iso(update.published_at),
                "url": f"{header.url}updates/{update.number}/",
            }
            for update in updates
        ],
    }


def _reward(reward: Reward) -> dict[str, object]:
    return {
        "code": reward.code,
        "title": reward.title,
        "amount": reward.amount,
        "pledged": reward.pledged,
        "stock": reward.stock,
        "remaining": reward.remaining,
        "fulfilment": f"{reward.fulfilment_month:%Y-%m}" if reward.fulfilment_month else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(current_settings().timezone).isoformat() if moment else None


def _days_left(header: CampaignHeader) -> int | None:
    if header.left.status == "ended":
        return 0
    if header.left.status == "open" and header.left.unit != "none":
        return header.left.count if header.left.unit == "days" else 0
    return None


def sitemap_addresses() -> list[str]:
    """Return the absolute address of every public page."""
    addresses = [absolute("/"), absolute("/legal/"), absolute("/privacy/")]
    for campaign in all_campaigns():
        home = absolute(f"/c/{campaign.slug}/")
        updates, _total = newest(campaign.id, UPDATES_IN_JSON)
        addresses += [home, f"{home}backers/", f"{home}updates/"]
        addresses += [f"{home}updates/{update.number}/" for update in updates if update.is_public]
    return addresses


def theme_css() -> str:
    """Return the site's colours as custom properties."""
    return f":root{{--accent:{current_site().accent}}}\n"


def readiness() -> str | None:
    """Return what keeps the site from serving, or None."""
    try:
        return "migrations pending" if pending_migrations() else None
    except SQLAlchemyError as error:
        log.warning("database_unreachable", reason=type(error).__name__)
        return "database unreachable"
