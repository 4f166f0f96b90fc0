"""Next goals: announced in public, each above the one before; their words change only with a trace."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.campaigns.editing import ChangedMeanwhile, EditRefused, locked, stored_pictures
from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.campaigns.render import Values, next_goal_values
from fundsite.campaigns.sections import version_of
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.i18n import gettext as _
from fundsite.money import formatted


class NoSuchGoal(FundsiteError):
    """The campaign has no such next goal."""


def find_goal(campaign_id: int, goal_id: int) -> NextGoal:
    """Return a next goal of this campaign; NoSuchGoal otherwise."""
    return _of(db.session(), campaign_id, goal_id)


def _of(session: Session, campaign_id: int, goal_id: int) -> NextGoal:
    goal = session.get(NextGoal, goal_id)
    if goal is None or goal.campaign_id != campaign_id:
        raise NoSuchGoal(str(goal_id))
    return goal


def words_of(goal: NextGoal) -> Values:
    """Return what can be edited of a next goal."""
    return {"title": goal.title, "body": goal.body}


def add_goal(campaign_id: int, amount: int, title: str, body: str, staff_id: int) -> None:
    """Announce a next goal. EditRefused unless it is higher than every target before it."""
    values = next_goal_values(amount, title, body, stored_pictures(campaign_id))
    with transaction() as session:
        campaign = locked(session, campaign_id)
        highest = _highest(session, campaign)
        if amount <= highest:
            said = _("いままでの目標（%(highest)s）より高い金額にしてください。")
            raise EditRefused("amount", said % {"highest": formatted(highest, campaign.currency)})
        announced_at = clock.now() if campaign.published_at else None
        goal = NextGoal(campaign_id=campaign_id, announced_at=announced_at, **values)
        session.add(goal)
        session.flush()
        audit.record(session, staff_id, "next_goal.add", "next_goal", goal.id, amount=amount)


def _highest(session: Session, campaign: Campaign) -> int:
    found = session.scalar(select(func.max(NextGoal.amount)).where(NextGoal.campaign_id == campaign.id))
    return max(campaign.goal, found or 0)


def change_goal(campaign_id: int, goal_id: int, version: str, values: Values, staff_id: int) -> None:
    """Change a next goal's words, never its amount. What was public before stays readable in its history."""
    amount = find_goal(campaign_id, goal_id).amount
    ready = next_goal_values(amount, values["title"], values["body"], stored_pictures(campaign_id))
    with transaction() as session:
        campaign = locked(session, campaign_id)
        goal = _of(session, campaign_id, goal_id)
        before = words_of(goal)
        if version_of(before) != version:
            raise ChangedMeanwhile(before)
        if before == values:
            return
        if campaign.published_at is not None:
            goal.history = [*goal.history, {"until": clock.now().isoformat(), **before}]
        goal.title, goal.body, goal.body_html = ready["title"], ready["body"], ready["body_html"]
        audit.record(session, staff_id, "next_goal.change", "next_goal", goal_id)


def remove_goal(campaign_id: int, goal_id: int, staff_id: int) -> None:
    """Take back a next goal that nobody was told of. EditRefused once it is public."""
    with transaction() as session:
        campaign = locked(session, campaign_id)
        goal = _of(session, campaign_id, goal_id)
        if campaign.published_at is not None:
            raise EditRefused("amount", _("公開したネクストゴールは取り消せません。"))
        session.delete(goal)
        audit.record(session, staff_id, "next_goal.remove", "next_goal", goal_id, amount=goal.amount)
