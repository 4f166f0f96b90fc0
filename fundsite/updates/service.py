"""Reports as pages show them. What a visitor may not read never leaves this module."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, func, select

from fundsite import clock, pictures
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import PUBLISHED as PUBLIC_CAMPAIGN
from fundsite.db import db
from fundsite.errors import FundsiteError
from fundsite.media import PUBLIC_PATH, Picture
from fundsite.updates.models import PUBLISHED, Update

PER_PAGE = 12


class NoSuchUpdate(FundsiteError):
    """There is no published report of that number."""


@dataclass(frozen=True)
class UpdateTeaser:
    """A report in a list. `lead` is the beginning of its text, without mark-up, where everyone may read that."""

    number: int
    title: str
    lead: str
    published_at: datetime
    picture: Picture | None
    is_public: bool


@dataclass(frozen=True)
class UpdateView:
    """One report. `body_html` is None for whoever may not read it; `audience` then says who may."""

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
    raised_then: int | None = None  # the campaign's figures when it was published
    backers_then: int | None = None
    percent_then: int | None = None


def teaser(update: Update) -> UpdateTeaser:
    """Show a published report in a list."""
    return UpdateTeaser(
        number=update.number or 0,
        title=update.title,
        lead=update.lead if update.is_public or update.show_lead else "",
        published_at=update.published_at or clock.now(),
        picture=pictures.picture_of(update.picture, "") if update.is_public else None,
        is_public=update.is_public,
    )


def is_out() -> tuple[ColumnElement[bool], ...]:
    """Return what a report that readers may know of fulfils: drafts, planned ones and those of a draft never do."""
    of_a_draft = select(Campaign.id).where(~PUBLIC_CAMPAIGN)
    return Update.status == PUBLISHED, Update.published_at <= clock.now(), Update.campaign_id.not_in(of_a_draft)


def shows(key: str) -> ColumnElement[bool]:
    """Return what a report that shows the picture of that key fulfils."""
    return Update.body_html.contains(f"{PUBLIC_PATH}{key}-")


def _published(campaign_id: int) -> Select[Update]:
    return select(Update).where(Update.campaign_id == campaign_id, *is_out())


def published(campaign_id: int, number: int) -> Update:
    """Return a published report's row; NoSuchUpdate otherwise."""
    found = db.session.scalar(_published(campaign_id).where(Update.number == number))
    if found is None:
        raise NoSuchUpdate(str(number))
    return found


def published_by_id(update_id: int) -> Update:
    """Return a published report's row; NoSuchUpdate otherwise."""
    found = db.session.scalar(select(Update).where(Update.id == update_id, *is_out()))
    if found is None:
        raise NoSuchUpdate(str(update_id))
    return found


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
            .where(*is_out())
            .order_by(Update.published_at.desc(), Update.id.desc())
            .limit(limit)
        )
    )


def for_feed(campaign_id: int, limit: int = 30) -> list[Update]:
    """Return the newest public reports whole."""
    rows = _published(campaign_id).where(Update.audience == "everyone").order_by(Update.number.desc()).limit(limit)
    return list(db.session.scalars(rows))


def find_update(campaign_id: int, number: int, *, opened: bool = False) -> UpdateView:
    """Return a published report with its neighbours; NoSuchUpdate otherwise. `opened`: whoever asks may read it."""
    update = published(campaign_id, number)
    whole = opened or update.is_public
    before, after = _neighbours(campaign_id, number)
    return UpdateView(
        number=number,
        title=update.title,
        author=update.author,
        published_at=update.published_at or clock.now(),
        body_html=_body(update) if whole else None,
        audience=update.audience,
        lead=update.lead if whole or update.show_lead else "",
        share_image=pictures.share_url(update.picture) if update.is_public else None,
        previous=teaser(before) if before else None,
        following=teaser(after) if after else None,
        raised_then=update.raised_then,
        backers_then=update.backers_then,
        percent_then=update.percent_then,
    )


def _body(update: Update) -> str:
    """Return the text as its readers see it: where not everybody may read it, its pictures lie beside its page."""
    return update.body_html if update.is_public else pictures.moved(update.body_html, pictures.BESIDE)


def _neighbours(campaign_id: int, number: int) -> tuple[Update | None, Update | None]:
    """Return the published reports before and after a number; one that was withdrawn is passed over."""
    published = _published(campaign_id)
    before = published.where(Update.number < number).order_by(Update.number.desc()).limit(1)
    after = published.where(Update.number > number).order_by(Update.number).limit(1)
    return db.session.scalar(before), db.session.scalar(after)
