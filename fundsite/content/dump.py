"""Writing a site's content as a folder that loads into the same pages."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import tomli_w
from sqlalchemy import select

from fundsite import pictures
from fundsite.campaigns.editing import pictures_of as campaign_pictures
from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.campaigns.service import next_goals
from fundsite.db import db
from fundsite.errors import ContentError
from fundsite.rewards.models import Reward
from fundsite.rewards.service import rewards_of
from fundsite.settings import current_settings
from fundsite.site import THE_ONE, Site
from fundsite.updates.attachments import attachments_of
from fundsite.updates.models import DRAFT, Update

Values = dict[str, Any]


def dump_site(folder: Path) -> str:
    """Write everything to `folder`, which must be new or empty. ContentError if it is not, or the site is."""
    if folder.exists() and any(folder.iterdir()):
        raise ContentError(f"{folder}: is not empty")
    site = db.session.get(Site, THE_ONE)
    if site is None:
        raise ContentError("there is no content to dump yet")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    _site(part, site)
    campaigns = list(db.session.scalars(select(Campaign).order_by(Campaign.slug)))
    for campaign in campaigns:
        _campaign(part / "campaigns" / campaign.slug, campaign, current_settings().timezone)
    if folder.exists():
        folder.rmdir()
    part.rename(folder)
    return f"{len(campaigns)} campaigns written to {folder}"


def _write_toml(path: Path, values: Values) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_toml(values), encoding="utf-8")


def _toml(values: Values) -> str:
    said = {key: value for key, value in values.items() if value not in (None, "", [], {})}
    return tomli_w.dumps(said, multiline_strings=True)


def _write_picture(path: Path, key: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pictures.store().original(key))


def _write_file(path: Path, key: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = pictures.store().path_of_file(key)
    if source is None:
        raise ContentError(f"{path.name}: its bytes are no longer in the store")
    shutil.copyfile(source, path)


def _site(folder: Path, site: Site) -> None:
    if site.logo:
        _write_picture(folder / "images" / site.logo["name"], site.logo["key"])
    _write_toml(
        folder / "site.toml",
        {
            "name": site.name,
            "tagline": site.tagline,
            "description": site.description,
            "logo": f"images/{site.logo['name']}" if site.logo else None,
            "languages": site.languages,
            "privacy": site.privacy,
            "colours": {"accent": site.accent},
            "contact": {key: value for key, value in site.contact.items() if value},
            "sns": site.sns,
            "legal": {"items": site.legal} if site.legal else None,
            "receipts": site.receipts or None,
        },
    )


def _campaign(folder: Path, campaign: Campaign, zone: ZoneInfo) -> None:
    folder.mkdir(parents=True)
    (folder / "story.md").write_text(campaign.story, encoding="utf-8")
    shown = campaign_pictures(campaign.id)
    _write_toml(
        folder / "campaign.toml",
        {
            "draft": campaign.published_at is None or None,
            "title": campaign.title,
            "summary": campaign.summary,
            "goal": campaign.goal if "goal" not in campaign.unset else None,
            "minimum": campaign.minimum,
            "currency": campaign.currency,
            "funding": campaign.funding,
            "wording": campaign.wording,
            "starts_at": _day_or_time(campaign.starts_at, zone) if "starts_at" not in campaign.unset else None,
            "ends_at": _day_or_time(campaign.ends_at, zone, end=True) if campaign.ends_at else None,
            "cover": campaign.cover["name"] if campaign.cover else None,
            "hashtags": campaign.hashtags,
            "thanks": campaign.thanks,
            "next_goals": [_next_goal(goal, zone) for goal in next_goals(campaign)],
            "rewards": [_reward(reward) for reward in rewards_of(campaign.id)],
            "budget": campaign.budget,
            "faq": [{"question": row["question"], "answer": row["answer"]} for row in campaign.faq],
            "partners": campaign.partners,
            "pictures": [{"file": row.name, "alt": row.alt} for row in shown if row.alt],
        },
    )
    for picture in shown:
        _write_picture(folder / picture.name, picture.stored["key"])
    for attachment in attachments_of(campaign.id):
        _write_file(folder / attachment.name, attachment.stored["key"])
    told = select(Update).where(Update.campaign_id == campaign.id, Update.status != DRAFT, Update.number.is_not(None))
    for update in db.session.scalars(told):
        _update(folder / "updates" / f"{update.number:04}-{update.slug}.md", update, zone)


def _next_goal(goal: NextGoal, zone: ZoneInfo) -> Values:
    values: Values = {"amount": goal.amount, "title": goal.title, "body": goal.body, "history": goal.history}
    if goal.announced_at:
        values["announced_at"] = goal.announced_at.astimezone(zone).isoformat()
    return {key: value for key, value in values.items() if value not in ("", [])}


def _reward(reward: Reward) -> Values:
    values = {
        "code": reward.code,
        "title": reward.title,
        "amount": reward.amount,
        "body": reward.body,
        "image": reward.image["name"] if reward.image else None,
        "stock": reward.stock,
        "fulfilment": f"{reward.fulfilment_month:%Y-%m}" if reward.fulfilment_month else None,
        "shipping": reward.shipping,
        "per_backer": reward.per_backer,
        "consideration": reward.consideration or None,
        "questions": reward.questions or None,
    }
    return {key: value for key, value in values.items() if value is not None}


def _update(path: Path, update: Update, zone: ZoneInfo) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    front = _toml(
        {
            "title": update.title,
            "published_at": _day_or_time(update.published_at, zone) if update.published_at else None,
            "audience": update.audience.split(","),
            "author": update.author,
            "notify": update.notify,
            "show_lead": update.show_lead,
            "raised": update.raised_then,
            "backers": update.backers_then,
            "percent": update.percent_then,
        }
    )
    path.write_text(f"+++\n{front}+++\n\n{update.body}\n", encoding="utf-8")


def _day_or_time(moment: datetime, zone: ZoneInfo, *, end: bool = False) -> str:
    """Write a moment as the day that it begins (or, with `end`, ends), or as a time where it is neither."""
    local = moment.astimezone(zone)
    if (local.hour, local.minute, local.second, local.microsecond) != (0, 0, 0, 0):
        return local.isoformat()
    return (local.date() - timedelta(days=1) if end else local.date()).isoformat()
