"""From a content folder's files to the values of rows: pictures stored, Markdown rendered, once, when it is saved."""

from pathlib import Path

from fundsite import pictures
from fundsite.campaigns.render import Stored, Values, faq_rows, named, story_values, thanks_values
from fundsite.content.shape import CampaignFile, RewardFile, SiteFile, UpdateFile
from fundsite.db import JsonObject
from fundsite.errors import ContentError
from fundsite.markup import to_html
from fundsite.media import FileRefused, PictureRefused
from fundsite.rewards import render as rewards
from fundsite.updates.attachments import as_row
from fundsite.updates.rendering import rendered


def store_pictures(images: dict[str, Path]) -> Stored:
    """Put files into the picture store; ContentError naming the file that is no picture."""
    return {name: _stored(path) for name, path in images.items()}


def _stored(path: Path) -> JsonObject:
    try:
        return pictures.as_row(pictures.store().put(path.read_bytes()))
    except PictureRefused as error:
        raise ContentError(f"{path}: is not a picture that can be shown: {error}") from None


def store_files(files: dict[str, Path]) -> Stored:
    """Put the files that reports offer into the store; ContentError naming the one that cannot be offered."""
    stored = {}
    for name, path in files.items():
        with path.open("rb") as stream:
            try:
                stored[name] = as_row(pictures.store().put_file(stream))
            except FileRefused as error:
                raise ContentError(f"{path}: is not a file that can be offered: {error.reason}") from None
    return stored


def site_values(site: SiteFile) -> Values:
    """Return the values of the site's row."""
    return {
        "name": site.name,
        "tagline": site.tagline,
        "description": site.description,
        "logo": {"name": site.logo.name, **_stored(site.logo)} if site.logo else None,
        "accent": site.accent,
        "languages": site.languages,
        "contact": site.contact,
        "sns": site.sns,
        "legal": site.legal,
        "receipts": site.receipts,
        "privacy": site.privacy,
        "privacy_html": to_html(site.privacy).html,
    }


def campaign_values(campaign: CampaignFile, stored: Stored) -> Values:
    """Return the values of a campaign's row, its kept figures apart."""
    return {
        "title": campaign.title,
        "summary": campaign.summary,
        **story_values(campaign.story, stored),
        "goal": campaign.goal,
        "minimum": campaign.minimum,
        "currency": campaign.currency,
        "funding": campaign.funding,
        "wording": campaign.wording,
        "starts_at": campaign.starts_at,
        "ends_at": campaign.ends_at,
        "cover": named(campaign.cover, stored),
        "hashtags": campaign.hashtags,
        **thanks_values(campaign.thanks),
        "budget": campaign.budget,
        "faq": faq_rows(campaign.faq, stored),
        "partners": campaign.partners,
        "unset": list(campaign.unset),
    }


def reward_values(position: int, reward: RewardFile, stored: Stored) -> Values:
    """Return the values of a reward's row, its kept figures apart."""
    return {
        "code": reward.code,
        "position": position,
        "title": reward.title,
        "amount": reward.amount,
        **rewards.body_values(reward.code, reward.body, stored),
        "image": named(reward.image, stored),
        "stock": reward.stock,
        "fulfilment_month": reward.fulfilment_month,
        "shipping": reward.shipping,
        "per_backer": reward.per_backer,
        "consideration": reward.consideration,
        "questions": reward.questions,
    }


def update_values(update: UpdateFile, stored: Stored) -> Values:
    """Return the values of a report's row. Figures of its day that the file does not know are left as they are."""
    figures = {"raised_then": update.raised, "backers_then": update.backers, "percent_then": update.percent}
    return {
        "number": update.number,
        "slug": update.slug,
        "title": update.title,
        "body": update.body,
        **rendered(update.body, stored),
        "published_at": update.published_at,
        "audience": update.audience,
        "author": update.author,
        "notify": update.notify,
        "show_lead": update.show_lead,
        **{name: value for name, value in figures.items() if value is not None},
    }
