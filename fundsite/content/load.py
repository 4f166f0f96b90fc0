"""Loading content: a folder's words into the database, all of it or nothing, and the same twice.

Nothing that backers did is touched: a reward that somebody chose stays, and its stock cannot fall under what is
claimed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import null, or_, select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.campaigns.models import Campaign, CampaignPicture, NextGoal
from fundsite.campaigns.render import Stored, next_goal_values
from fundsite.content import render
from fundsite.content.read import read_site
from fundsite.content.shape import CampaignFile, NextGoalFile, SiteContent
from fundsite.db import Base, JsonObject, transaction
from fundsite.errors import ContentError
from fundsite.pledges.models import Pledge
from fundsite.rewards.editing import PROMISE, promise_of
from fundsite.rewards.models import Reward
from fundsite.settings import current_settings
from fundsite.site import THE_ONE, Site
from fundsite.updates.models import PUBLISHED, SCHEDULED, Attachment, Milestone, Update

Row = TypeVar("Row", bound=Base)
Values = dict[str, Any]


@dataclass
class Tally:
    """What a load did."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    def __str__(self) -> str:
        """Say it in a line."""
        if not (self.added or self.changed or self.removed):
            return "nothing changed"
        return f"{self.added} added, {self.changed} changed, {self.removed} removed"


@dataclass(frozen=True)
class _Ready:
    """A campaign with everything rendered: what is left to do is writing rows."""

    file: CampaignFile
    values: Values
    pictures: dict[str, JsonObject]
    files: dict[str, JsonObject]
    next_goals: list[Values]
    rewards: list[Values]
    updates: list[Values]


def load_site(folder: Path) -> Tally:
    """Load a content folder. ContentError, and nothing loaded, if any of it is wrong."""
    return apply_content(read_site(folder, current_settings().timezone))


def apply_content(content: SiteContent) -> Tally:
    """Bring the database to what the content says. Pictures and texts are made ready before the transaction opens."""
    site = render.site_values(content.site)
    ready = [_ready(campaign) for campaign in content.campaigns]
    tally = Tally()
    with transaction() as session:
        _bring(session, tally, Site, session.get(Site, THE_ONE), {"id": THE_ONE, **site})
        for campaign in ready:
            _campaign(session, tally, campaign)
    return tally


def _ready(campaign: CampaignFile) -> _Ready:
    stored, files = render.store_pictures(campaign.images), render.store_files(campaign.files)
    return _Ready(
        file=campaign,
        values=render.campaign_values(campaign, stored),
        pictures=stored,
        files=files,
        next_goals=[_next_goal(goal, stored) for goal in campaign.next_goals],
        rewards=[render.reward_values(position, reward, stored) for position, reward in enumerate(campaign.rewards)],
        updates=[render.update_values(update, stored | files) for update in campaign.updates],
    )


def _next_goal(goal: NextGoalFile, stored: Stored) -> Values:
    values = next_goal_values(goal.amount, goal.title, goal.body, stored)
    public = {"announced_at": goal.announced_at, "history": goal.history}  # a folder that is silent forgets nothing
    return {**values, **{name: value for name, value in public.items() if value}}


def _campaign(session: Session, tally: Tally, ready: _Ready) -> None:
    slug = ready.file.slug
    known = session.scalars(select(Campaign).where(Campaign.slug == slug)).one_or_none()
    campaign = _bring(session, tally, Campaign, known, {"slug": slug, **ready.values, **_published(ready.file, known)})
    session.flush()
    _guard_rewards(session, campaign.id, ready)
    alts = ready.file.alts
    pictures = [
        {"name": name, "stored": stored, **({"alt": alts[name]} if name in alts else {})}
        for name, stored in ready.pictures.items()
    ]
    written = _written_here(session, campaign.id)
    used = "\n".join(update.body for update in written)
    files = [{"name": name, "stored": stored} for name, stored in ready.files.items()]
    _bring_all(session, tally, CampaignPicture, campaign.id, "name", pictures, stays=lambda row: row.name in used)
    _bring_all(session, tally, Attachment, campaign.id, "name", files, stays=lambda row: row.name in used)
    _bring_all(session, tally, NextGoal, campaign.id, "amount", ready.next_goals)
    _bring_all(session, tally, Reward, campaign.id, "code", ready.rewards)
    updates = [_planned(session, campaign.id, ready, values, written) for values in ready.updates]
    _bring_all(session, tally, Update, campaign.id, "number", updates, stays=written.__contains__)


def _written_here(session: Session, campaign_id: int) -> list[Update]:
    """Return the reports that were begun on the site: a folder that does not know them takes none of them away."""
    of_milestones = select(Milestone.update_id).where(Milestone.update_id.is_not(None))
    begun_here = or_(Update.created_by.is_not(None), Update.id.in_(of_milestones))
    return list(session.scalars(select(Update).where(Update.campaign_id == campaign_id, begun_here)))


def _planned(session: Session, campaign_id: int, ready: _Ready, values: Values, written: list[Update]) -> Values:
    """Add what a report's row needs beside its words: one of the past is out, one of the future is planned."""
    number, at = values["number"], values["published_at"]
    row = session.scalar(select(Update).where(Update.campaign_id == campaign_id, Update.number == number))
    if row is not None and row in written and row.slug != values["slug"]:
        raise ContentError(f"{ready.file.path}: report {number} was written on the site; give the file another number")
    waits = at > clock.now() or (row is not None and row.status == SCHEDULED and row.published_at == at)
    values["status"] = SCHEDULED if waits else PUBLISHED
    if row is not None and (row.title, row.body) != (values["title"], values["body"]):
        values["version"] = row.version + 1
    return values


def _published(file: CampaignFile, known: Campaign | None) -> Values:
    """Say whether the campaign is public. What is public stays so, whatever a folder says."""
    if known is not None and known.published_at is not None:
        return {}
    if file.draft:
        return {} if known is not None else {"published_at": null()}
    return {"published_at": clock.now()}


def _guard_rewards(session: Session, campaign_id: int, ready: _Ready) -> None:
    """Refuse what would break a promise: a chosen reward that is gone, a stock under what is claimed.

    What a chosen reward promised until now is kept, for those who chose it.
    """
    wanted = {values["code"]: values for values in ready.rewards}
    chosen = select(Pledge.reward_id).where(Pledge.campaign_id == campaign_id, Pledge.reward_id.is_not(None))
    for reward in session.scalars(select(Reward).where(Reward.id.in_(chosen))):
        place = f"{ready.file.path / 'campaign.toml'}: rewards {reward.code}"
        if reward.code not in wanted:
            raise ContentError(f"{place}: is missing, but somebody has chosen it")
        if reward.claimed and any(getattr(reward, name) != wanted[reward.code][name] for name in PROMISE):
            session.add(promise_of(reward))
        stock = wanted[reward.code]["stock"]
        if stock is not None and stock < reward.claimed:
            raise ContentError(f"{place}: stock: {stock} is less than the {reward.claimed} that are claimed")


def _bring_all(
    session: Session,
    tally: Tally,
    model: type[Row],
    campaign_id: int,
    key: str,
    wanted: Iterable[Values],
    *,
    stays: Callable[[Row], bool] = lambda _row: False,
) -> None:
    """Make a campaign's rows of one table those that are wanted, told apart by `key`, beside those that stay."""
    column = getattr(model, "campaign_id")  # noqa: B009 - every model that comes here has it
    rows = session.scalars(select(model).where(column == campaign_id))
    known = {getattr(row, key): row for row in rows if getattr(row, key) is not None}
    for values in wanted:
        _bring(session, tally, model, known.pop(values[key], None), {"campaign_id": campaign_id, **values})
    for row in known.values():
        if not stays(row):
            session.delete(row)
            tally.removed += 1


def _bring(session: Session, tally: Tally, model: type[Row], row: Row | None, values: Values) -> Row:
    if row is None:
        row = model(**values)
        session.add(row)
        tally.added += 1
        return row
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    tally.changed += bool(differing)
    return row
