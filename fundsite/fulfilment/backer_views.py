"""Filters of the backer list under names, for all staff who see it; and what a filter can choose from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select

from fundsite import audit, clock
from fundsite.db import db, insert_once, transaction
from fundsite.errors import FundsiteError
from fundsite.fulfilment.backer_filter import Wanted
from fundsite.fulfilment.backer_models import BackerView
from fundsite.rewards.models import Reward

MOST_VIEWS = 50


class TooManyViews(FundsiteError):
    """There are as many named filters as a page can show."""


@dataclass(frozen=True)
class Choices:
    """What a filter offers: the rewards' codes with their titles, the months, the questions."""

    rewards: list[tuple[str, str]]
    months: list[date]
    questions: list[str]


def choices(campaign_id: int | None) -> Choices:
    """Return what can be chosen of a campaign, or of all. One statement."""
    rows = select(Reward.code, Reward.title, Reward.fulfilment_month, Reward.questions)
    if campaign_id is not None:
        rows = rows.where(Reward.campaign_id == campaign_id)
    found = db.session.execute(rows.order_by(Reward.campaign_id.desc(), Reward.position)).all()
    titles = {row.code: f"{row.code}: {row.title}" if campaign_id else row.code for row in found}
    return Choices(
        rewards=sorted(titles.items()) if campaign_id is None else list(titles.items()),
        months=sorted({row.fulfilment_month for row in found if row.fulfilment_month}),
        questions=list(dict.fromkeys(question["label"] for row in found for question in row.questions)),
    )


def views() -> Sequence[BackerView]:
    """Return the named filters by name."""
    return db.session.scalars(select(BackerView).order_by(BackerView.name)).all()


def save_view(name: str, wanted: Wanted, staff_id: int) -> None:
    """Keep a filter under a name; the same name again is replaced. TooManyViews if there is no room for another."""
    with transaction() as session:
        known = session.scalar(select(BackerView).where(BackerView.name == name))
        if known is None:
            if len(session.scalars(select(BackerView.id)).all()) >= MOST_VIEWS:
                raise TooManyViews(name)
            values = {"wanted": wanted.as_json(), "created_by": staff_id, "created_at": clock.now()}
            insert_once(session, BackerView, name=name, **values)
        else:
            known.wanted = wanted.as_json()
        audit.record(session, staff_id, "backers.view_saved", "backer_view", known.id if known else 0)


def drop_view(view_id: int, staff_id: int) -> None:
    """Forget a named filter; one that is gone already is no error."""
    with transaction() as session:
        session.execute(delete(BackerView).where(BackerView.id == view_id))
        audit.record(session, staff_id, "backers.view_dropped", "backer_view", view_id)
