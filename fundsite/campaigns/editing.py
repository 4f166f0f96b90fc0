"""Editing a campaign. What was promised in public cannot be changed in silence; who comes second is told."""

from datetime import datetime
from typing import NoReturn

from sqlalchemy import func, null, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.campaigns.models import Campaign, CampaignPicture, NextGoal
from fundsite.campaigns.render import Stored, Values
from fundsite.campaigns.sections import SECTIONS, Section, version_of
from fundsite.campaigns.service import NoSuchCampaign
from fundsite.clock import local_day, start_of_day
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.i18n import gettext as _
from fundsite.settings import current_settings

NOT_SET = 1  # yen: what the row of a draft holds before its goal is known
RESERVED = ("new",)  # slugs that the staff room's own addresses need


class EditRefused(FundsiteError):
    """What was typed cannot be saved; `field` is where it stands."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ChangedMeanwhile(FundsiteError):
    """Somebody else saved first. `stored` is what they left."""

    def __init__(self, stored: Values) -> None:
        super().__init__("changed meanwhile")
        self.stored = stored


def find_for_staff(slug: str) -> Campaign:
    """Return a campaign, drafts too; NoSuchCampaign otherwise."""
    campaign = db.session.scalar(select(Campaign).where(Campaign.slug == slug))
    if campaign is None:
        raise NoSuchCampaign(slug)
    return campaign


def all_for_staff() -> list[Campaign]:
    """Return every campaign: drafts first, then the newest start first."""
    rows = select(Campaign).order_by(Campaign.published_at.is_not(None), Campaign.starts_at.desc(), Campaign.id)
    return list(db.session.scalars(rows))


def locked(session: Session, campaign_id: int) -> Campaign:
    """Return the campaign's row, held until the transaction ends: what is decided on it stays true."""
    campaign = session.get(Campaign, campaign_id, with_for_update=True)
    if campaign is None:
        raise NoSuchCampaign(str(campaign_id))
    return campaign


def pictures_of(campaign_id: int) -> list[CampaignPicture]:
    """Return a campaign's pictures by name."""
    rows = select(CampaignPicture).where(CampaignPicture.campaign_id == campaign_id).order_by(CampaignPicture.name)
    return list(db.session.scalars(rows))


def stored_pictures(campaign_id: int) -> Stored:
    """Return a campaign's pictures by the names that texts use."""
    return {picture.name: picture.stored for picture in pictures_of(campaign_id)}


def create_draft(title: str, slug: str, staff_id: int) -> str:
    """Make an empty draft and return its slug. EditRefused where the slug is taken."""
    zone = current_settings().timezone
    _refuse_reserved(slug)
    draft = Campaign(
        title=title,
        slug=slug,
        goal=NOT_SET,
        starts_at=start_of_day(local_day(clock.now(), zone), zone),
        published_at=null(),
        unset=["goal", "starts_at"],
    )
    try:
        with transaction() as session:
            session.add(draft)
            session.flush()
            audit.record(session, staff_id, "campaign.create", "campaign", draft.id)
    except IntegrityError:
        _refuse_slug()
    return slug


def save_section(name: str, campaign_id: int, version: str, values: Values, staff_id: int) -> bool:
    """Save one section; returns whether anything changed.

    ChangedMeanwhile if the section is no longer what `version` marks, EditRefused if a rule forbids it; nothing is
    saved then. Other sections are not touched.
    """
    section = SECTIONS[name]
    ready = section.rendered(values, stored_pictures(campaign_id))
    try:
        with transaction() as session:
            campaign = locked(session, campaign_id)
            before = _unchanged(section, campaign, version)
            changed = [field for field in section.fields if before[field] != values[field]]
            _guard(campaign, changed, values)
            if "goal" in changed:
                _guard_goal(session, campaign, values["goal"])
            for field, value in ready.items():
                if getattr(campaign, field) != value:
                    setattr(campaign, field, value)
            if set(section.fields) & set(campaign.unset):
                campaign.unset = [field for field in campaign.unset if field not in section.fields]
            if changed:
                audit.record(session, staff_id, f"campaign.{name}", "campaign", campaign_id, fields=changed)
    except IntegrityError:
        _refuse_slug()
    return bool(changed)


def _unchanged(section: Section, campaign: Campaign, version: str) -> Values:
    before = section.read(campaign)
    if version_of(before) != version:
        raise ChangedMeanwhile(before)
    return before


def _refuse_slug() -> NoReturn:
    raise EditRefused("slug", _("このアドレスは、ほかのプロジェクトで使われています。")) from None


def _refuse_reserved(slug: str) -> None:
    if slug in RESERVED:
        raise EditRefused("slug", _("このアドレスは使えません。別の名前にしてください。"))


def has_begun(campaign: Campaign, now: datetime) -> bool:
    """Whether pledges can have been made."""
    return campaign.published_at is not None and campaign.starts_at <= now


def _guard(campaign: Campaign, changed: list[str], values: Values) -> None:
    """Refuse what those who read or pledged already could not have known."""
    now = clock.now()
    if "slug" in changed:
        _refuse_reserved(values["slug"])
    if campaign.published_at is not None and "slug" in changed:
        raise EditRefused("slug", _("公開したあとは、アドレスを変えられません。"))
    if campaign.published_at is not None and "goal" in changed:
        raise EditRefused("goal", _("公開したあとは、目標金額を変えられません。"))
    if has_begun(campaign, now) and "funding" in changed:
        raise EditRefused("funding", _("募集が始まったあとは、募集方式を変えられません。"))
    if "starts_at" in changed or "ends_at" in changed:
        _guard_period(campaign, changed, values, now)


def _guard_goal(session: Session, campaign: Campaign, goal: int) -> None:
    lowest = session.scalar(select(func.min(NextGoal.amount)).where(NextGoal.campaign_id == campaign.id))
    if lowest is not None and goal >= lowest:
        raise EditRefused("goal", _("ネクストゴールより低い金額にしてください。"))


def _guard_period(campaign: Campaign, changed: list[str], values: Values, now: datetime) -> None:
    starts_at, ends_at = values["starts_at"], values["ends_at"]
    if has_begun(campaign, now) and "starts_at" in changed:
        raise EditRefused("starts_on", _("募集が始まったあとは、開始日を変えられません。"))
    if has_begun(campaign, now) and campaign.ends_at is not None and campaign.ends_at <= now:
        raise EditRefused("ends_on", _("終了したプロジェクトの期間は変えられません。"))
    if ends_at is None and campaign.published_at is not None and campaign.funding != "monthly":
        raise EditRefused("ends_on", _("公開したあとは、終了日をなくすことはできません。"))
    if ends_at is not None and ends_at <= starts_at:
        raise EditRefused("ends_on", _("終了日は、開始日よりあとにしてください。"))
    if ends_at is not None and ends_at <= now:
        raise EditRefused("ends_on", _("終了日を過去の日にすることはできません。"))
