"""What staff do about comments: answer, put first, hide. They see what the public sees, and what was hidden."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.pledges import lifecycle
from fundsite.pledges.comments import MOST_PINNED, backers_of, older_than, public_name
from fundsite.pledges.models import CommentState, Pledge

UNANSWERED, HIDDEN, EVERY = "unanswered", "hidden", "all"


class NoSuchComment(FundsiteError):
    """The campaign has no paid pledge of that number with a comment."""


class RepliedMeanwhile(FundsiteError):
    """Somebody else changed the reply since this one was begun; nothing was saved."""


class TooManyPinned(FundsiteError):
    """As many comments as may be are pinned already; nothing was changed."""


class IsHidden(FundsiteError):
    """A hidden comment cannot be pinned."""


@dataclass(frozen=True)
class StaffComment:
    """A comment as staff see it: public words only, never who stands behind them."""

    id: int
    name: str | None
    text: str
    at: datetime
    reward_code: str | None
    hidden_at: datetime | None
    hidden_reason: str
    is_pinned: bool
    reply: str
    replied_at: datetime | None

    @property
    def seen(self) -> str:
        """What tells whether the reply has changed since."""
        return self.replied_at.isoformat() if self.replied_at else ""


_NOT_HIDDEN = CommentState.hidden_at.is_(None)
WANTED: dict[str, ColumnElement[bool]] = {
    UNANSWERED: or_(CommentState.pledge_id.is_(None), _NOT_HIDDEN & CommentState.replied_at.is_(None)),
    HIDDEN: CommentState.hidden_at.is_not(None),
    EVERY: Pledge.comment != "",
}


def _shown(row: RowMapping) -> StaffComment:
    return StaffComment(
        id=row["id"],
        name=public_name(row["display_name"], anonymous=row["anonymous"]),
        text=row["comment"],
        at=row["counted_at"],
        reward_code=row["code"],
        hidden_at=row["hidden_at"],
        hidden_reason=row["hidden_reason"] or "",
        is_pinned=row["pinned_at"] is not None,
        reply=row["reply"] or "",
        replied_at=row["replied_at"],
    )


def comments_page(
    campaign_id: int, wanted: str, before: int | None, limit: int
) -> tuple[tuple[StaffComment, ...], int | None]:
    """Return a page of comments, newest first, and the key of the next page (None: this is the last)."""
    rows = older_than(backers_of(campaign_id).where(Pledge.comment != "", WANTED[wanted]), campaign_id, before)
    found = db.session.execute(rows.limit(limit + 1)).mappings().all()
    shown = tuple(map(_shown, found[:limit]))
    return shown, shown[-1].id if len(found) > limit else None


def find_comment(campaign_id: int, pledge_id: int) -> StaffComment:
    """Return one comment; NoSuchComment otherwise."""
    rows = backers_of(campaign_id).where(Pledge.comment != "", Pledge.id == pledge_id)
    row = db.session.execute(rows).mappings().one_or_none()
    if row is None:
        raise NoSuchComment(str(pledge_id))
    return _shown(row)


def comment_state(pledge_id: int) -> CommentState | None:
    """Return what staff did about a backer's comment, for the backer's own room."""
    return db.session.get(CommentState, pledge_id)


@contextmanager
def _acting(
    campaign_id: int, pledge_id: int, staff_id: int, action: str, **detail: object
) -> Iterator[tuple[Session, CommentState]]:
    """Open the transaction of one act on one comment: the pledge is locked, the act is written down."""
    with transaction() as session:
        pledge = session.get(Pledge, pledge_id)
        if pledge is None or (pledge.campaign_id, pledge.counted) != (campaign_id, True) or not pledge.comment:
            raise NoSuchComment(str(pledge_id))
        lifecycle.locked(session, pledge_id)
        state = session.get(CommentState, pledge_id, populate_existing=True)
        if state is None:
            state = CommentState(pledge_id=pledge_id, reply="", hidden_reason="")
            session.add(state)
        yield session, state
        audit.record(session, staff_id, action, "pledge", pledge_id, **detail)


def reply(campaign_id: int, pledge_id: int, text: str, seen: str, staff_id: int) -> None:
    """Answer a comment, change the answer, or take it back with an empty text.

    `seen` says which answer was shown to whoever writes; RepliedMeanwhile where it is another by now.
    """
    action = "comment.replied" if text else "comment.reply_removed"
    with _acting(campaign_id, pledge_id, staff_id, action, characters=len(text)) as (_session, state):
        if (state.replied_at.isoformat() if state.replied_at else "") != seen:
            raise RepliedMeanwhile(str(pledge_id))
        state.reply, state.replied_at, state.replied_by = text, clock.now() if text else None, staff_id


def hide(campaign_id: int, pledge_id: int, reason: str, staff_id: int) -> None:
    """Take a comment and its name off the public pages; the backer reads `reason`, which must not be empty."""
    with _acting(campaign_id, pledge_id, staff_id, "comment.hidden") as (_session, state):
        state.hidden_at, state.hidden_reason, state.hidden_by = state.hidden_at or clock.now(), reason, staff_id
        state.pinned_at, state.pinned_by = None, None


def show_again(campaign_id: int, pledge_id: int, staff_id: int) -> None:
    """Put a hidden comment back on the public pages."""
    with _acting(campaign_id, pledge_id, staff_id, "comment.shown") as (_session, state):
        state.hidden_at, state.hidden_reason, state.hidden_by = None, "", None


def pin(campaign_id: int, pledge_id: int, staff_id: int) -> None:
    """Put a comment first on the campaign page. Raises IsHidden, and TooManyPinned where three are there already."""
    with _acting(campaign_id, pledge_id, staff_id, "comment.pinned") as (session, state):
        if state.hidden_at is not None:
            raise IsHidden(str(pledge_id))
        session.scalars(select(Campaign.id).where(Campaign.id == campaign_id).with_for_update()).one()
        others = (
            select(func.count())
            .select_from(CommentState)
            .join(Pledge, Pledge.id == CommentState.pledge_id)
            .where(Pledge.campaign_id == campaign_id, Pledge.comment != "", Pledge.id != pledge_id)
            .where(CommentState.pinned_at.is_not(None))
        )
        if (session.scalar(others) or 0) >= MOST_PINNED:
            raise TooManyPinned(str(MOST_PINNED))
        state.pinned_at, state.pinned_by = state.pinned_at or clock.now(), staff_id


def unpin(campaign_id: int, pledge_id: int, staff_id: int) -> None:
    """Let a comment stand in its own place again."""
    with _acting(campaign_id, pledge_id, staff_id, "comment.unpinned") as (_session, state):
        state.pinned_at, state.pinned_by = None, None
