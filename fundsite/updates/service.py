"""Reports as pages show them. What a visitor may not read never leaves this module."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, func, select

from fundsite import clock, pictures
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import PUBLISHED
from fundsite.db import db
from fundsite.errors import FundsiteError
from fundsite.media import Picture
from fundsite.updates.models import Update

PER_PAGE = 12


class NoSuchUpdate(FundsiteError):
    """There is no published report of that number."""


@dataclass(frozen=True)
class UpdateTeaser:
    """A report in a list. `lead` is the beginning of a public report's text, without mark-up."""

    number: int
    title: str
    lead: str
    published_at: datetime
    picture: Picture | None
    is_public: bool


@dataclass(frozen=True)
class UpdateView:
    """One report. `body_html` is None where not everyone may read it; `audience` then says who may."""

    number: int
    title: str
    author: str
    published_at: datetime
    body_html: str | None
    audience: str
    lead: str
    share_image: str | None
    previous: UpdateTeaser | None
    following: UpdateTeaser | None


def teaser(update: Update) -> UpdateTeaser:
    """Show a report in a list."""
    return UpdateTeaser(
        number=update.number,
        title=update.title,
        lead=update.lead if update.is_public else "",
        published_at=update.published_at,
        picture=pictures.picture_of(update.picture, "") if update.is_public else None,
        is_public=update.is_public,
    )


def _published(campaign_id: int) -> Select[Update]:
    return select(Update).where(Update.campaign_id == campaign_id, Update.published_at <= clock.now())


def newest(campaign_id: int, limit: int, offset: int = 0) -> tuple[tuple[UpdateTeaser, ...], int]:
    """Return the newest published reports and how many there are in all. One statement."""
    rows = db.session.execute(
        _published(campaign_id)
        .add_columns(func.count().over())
        .order_by(Update.number.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    return tuple(teaser(row[0]) for row in rows), rows[0][1] if rows else 0


def newest_of_all(limit: int) -> list[Row[str, str, Update]]:
    """Return the site's newest published reports with the slug and title of their campaigns."""
    return list(
        db.session.execute(
            select(Campaign.slug, Campaign.title, Update)
            .join(Campaign, Campaign.id == Update.campaign_id)
            .where(PUBLISHED, Update.published_at <= clock.now())
            .order_by(Update.published_at.desc(), Update.id.desc())
            .limit(limit)
        )
    )


def for_feed(campaign_id: int, limit: int = 30) -> list[Update]:
    """Return the newest public reports whole."""
    rows = _published(campaign_id).where(Update.audience == "everyone").order_by(Update.number.desc()).limit(limit)
    return list(db.session.scalars(rows))


def find_update(campaign_id: int, number: int) -> UpdateView:
    """Return a published report with its neighbours; NoSuchUpdate otherwise."""
    around = list(
        db.session.scalars(
            _published(campaign_id).where(Update.number.between(number - 1, number + 1)).order_by(Update.number)
        )
    )
    by_number = {update.number: update for update in around}
    update = by_number.get(number)
    if update is None:
        raise NoSuchUpdate(str(number))
    before, after = by_number.get(number - 1), by_number.get(number + 1)
    return UpdateView(
        number=number,
        title=update.title,
        author=update.author,
        published_at=update.published_at,
        body_html=update.body_html if update.is_public else None,
        audience=update.audience,
        lead=update.lead if update.is_public else "",
        share_image=pictures.share_url(update.picture) if update.is_public else None,
        previous=teaser(before) if before else None,
        following=teaser(after) if after else None,
    )
