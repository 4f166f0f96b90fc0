"""What backers wrote, as the public may see it: never a name that was asked to stay unsaid, nothing that is hidden."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, desc, or_, select, union_all
from sqlalchemy.engine import RowMapping

from fundsite.db import db
from fundsite.pledges.models import CommentState, Pledge
from fundsite.rewards.models import Reward

MOST_PINNED = 3

Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Comment:
    """A backer in public. `name` is None for one who wants no name shown, `text` is empty for one who wrote nothing.

    `reply` is the organisation's answer, or empty. Of a hidden comment neither name nor words are here.
    """

    name: str | None
    text: str
    at: datetime
    reward_code: str | None
    reply: str = ""
    is_pinned: bool = False


def backers_of(campaign_id: int) -> Rows:
    """Select a campaign's backers with what they wrote and what staff did about it."""
    return _paid().where(Pledge.campaign_id == campaign_id)


def _paid() -> Rows:
    return (
        select(
            Pledge.id,
            Pledge.display_name,
            Pledge.anonymous,
            Pledge.comment,
            Pledge.counted_at,
            Reward.code,
            CommentState.hidden_at,
            CommentState.hidden_reason,
            CommentState.pinned_at,
            CommentState.reply,
            CommentState.replied_at,
        )
        .outerjoin(Reward, Reward.id == Pledge.reward_id)
        .outerjoin(CommentState, CommentState.pledge_id == Pledge.id)
        .where(Pledge.counted.is_(True))
    )


def public_name(display_name: str, *, anonymous: bool) -> str | None:
    """Return the name that a backer shows, or None."""
    return None if anonymous or not display_name else display_name


def _comment(row: RowMapping) -> Comment:
    if row["hidden_at"]:
        return Comment(None, "", row["counted_at"], row["code"])
    return Comment(
        name=public_name(row["display_name"], anonymous=row["anonymous"]),
        text=row["comment"],
        at=row["counted_at"],
        reward_code=row["code"],
        reply=(row["reply"] or "") if row["comment"] else "",
        is_pinned=bool(row["pinned_at"] and row["comment"]),
    )


def newest_comments(campaign_id: int, limit: int) -> tuple[Comment, ...]:
    """Return the pinned comments, the latest pin first, and then the newest of the others. One statement.

    Each of the two parts reads its own index, so that it costs the same with a hundred thousand pledges.
    """
    pins = select(CommentState.pledge_id).where(CommentState.pinned_at.is_not(None))
    # The sum keeps SQLite from going through every pledge of the campaign for the sake of three.
    of_campaign = Pledge.campaign_id + 0 == campaign_id
    pinned = _paid().where(Pledge.id.in_(pins), of_campaign, Pledge.comment != "")
    pinned = pinned.order_by(CommentState.pinned_at.desc())
    others = (
        backers_of(campaign_id)
        .where(
            Pledge.comment != "",
            or_(CommentState.pledge_id.is_(None), CommentState.pinned_at.is_(None) & CommentState.hidden_at.is_(None)),
        )
        .order_by(Pledge.counted_at.desc(), Pledge.id.desc())
    )
    parts = (pinned.limit(MOST_PINNED).subquery(), others.limit(limit).subquery())
    both = union_all(*(select(part) for part in parts)).subquery()
    is_other = both.c.pinned_at.is_(None)
    rows = select(both).order_by(is_other, desc(both.c.pinned_at), both.c.counted_at.desc(), both.c.id.desc())
    return tuple(map(_comment, db.session.execute(rows.limit(limit)).mappings()))


def backers_page(campaign_id: int, before: int | None, limit: int) -> tuple[tuple[Comment, ...], int | None]:
    """Return a page of backers, newest first, and the key of the next page (None: this is the last).

    Pages go by key, not by number: the thousandth costs what the first does.
    """
    rows = older_than(backers_of(campaign_id), campaign_id, before)
    found = db.session.execute(rows.limit(limit + 1)).mappings().all()
    shown = found[:limit]
    return tuple(map(_comment, shown)), shown[-1]["id"] if len(found) > limit else None


def older_than(rows: Rows, campaign_id: int, before: int | None) -> Rows:
    """Put pledges newest first, from the one after `before` on."""
    ordered = rows.order_by(Pledge.counted_at.desc(), Pledge.id.desc())
    if before is None:
        return ordered
    mark = select(Pledge.counted_at).where(Pledge.id == before, Pledge.campaign_id == campaign_id).scalar_subquery()
    return ordered.where((Pledge.counted_at < mark) | ((Pledge.counted_at == mark) & (Pledge.id < before)))
