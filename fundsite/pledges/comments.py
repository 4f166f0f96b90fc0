"""What backers wrote, as the public may see it: never a name that was asked to stay unsaid."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, select

from fundsite.db import db
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward


@dataclass(frozen=True)
class Comment:
    """A backer in public. `name` is None for one who wants no name shown, `text` is empty for one who wrote nothing."""

    name: str | None
    text: str
    at: datetime
    reward_code: str | None


def _backers(campaign_id: int) -> Select[tuple[int, str, bool, str, datetime | None, str | None]]:
    return (
        select(Pledge.id, Pledge.display_name, Pledge.anonymous, Pledge.comment, Pledge.paid_at, Reward.code)
        .outerjoin(Reward, Reward.id == Pledge.reward_id)
        .where(Pledge.campaign_id == campaign_id, Pledge.status == "paid")
        .order_by(Pledge.paid_at.desc(), Pledge.id.desc())
    )


def _comment(row: Row[tuple[int, str, bool, str, datetime | None, str | None]]) -> Comment:
    _id, display_name, anonymous, text, at, code = row
    if at is None:
        raise RuntimeError("a paid pledge has no time of payment")
    return Comment(None if anonymous or not display_name else display_name, text, at, code)


def newest_comments(campaign_id: int, limit: int) -> tuple[Comment, ...]:
    """Return the newest backers who wrote something. One statement."""
    return tuple(map(_comment, db.session.execute(_backers(campaign_id).where(Pledge.comment != "").limit(limit))))


def backers_page(campaign_id: int, before: int | None, limit: int) -> tuple[tuple[Comment, ...], int | None]:
    """Return a page of backers, newest first, and the key of the next page (None: this is the last).

    Pages go by key, not by number: the thousandth costs what the first does.
    """
    rows = _backers(campaign_id)
    if before is not None:
        mark = select(Pledge.paid_at).where(Pledge.id == before, Pledge.campaign_id == campaign_id).scalar_subquery()
        rows = rows.where((Pledge.paid_at < mark) | ((Pledge.paid_at == mark) & (Pledge.id < before)))
    found = db.session.execute(rows.limit(limit + 1)).all()
    shown = found[:limit]
    return tuple(map(_comment, shown)), shown[-1][0] if len(found) > limit else None
