"""Milestones: when a campaign passes one, a draft with that day's figures is made and whoever writes is told by mail.

The worker looks at the kept figures. A mark stands as a row from the first look on and is passed once, whatever refunds
do to the figures afterwards; several that are passed between two looks are all found. What lay behind a campaign when
it was first looked at (content that was loaded, sites older than this) is noted without a word.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import clock, mail
from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.db import db, transaction
from fundsite.settings import current_settings
from fundsite.updates.editing import begun
from fundsite.updates.models import Milestone
from fundsite.updates.people import addresses_of_writers
from fundsite.updates.rendering import rendered
from fundsite.updates.revisions import Text
from fundsite.updates.skeletons import skeleton

BACKERS, GOAL, NEXT_GOAL = "backers", "goal", "next_goal"
FIRST_MARKS, THEN_EVERY = (100, 300, 500), 1_000
REACHED = "milestone_reached"

Mark = tuple[str, int]  # its kind, and how many backers or how much money


@dataclass(frozen=True)
class Figures:
    """How far a campaign is, and where it wants to go; money in the currency's minor unit."""

    campaign_id: int
    raised: int
    backers: int
    goal: int
    next_goals: tuple[int, ...]

    def has_passed(self, mark: Mark) -> bool:
        """Whether the figures reach a mark now."""
        return (self.backers if mark[0] == BACKERS else self.raised) >= mark[1]


@dataclass(frozen=True)
class News:
    """What a look finds: marks to keep an eye on, marks that were behind already, and marks just passed."""

    ahead: tuple[Mark, ...]
    behind: tuple[Mark, ...]
    passed: tuple[Mark, ...]


def backer_marks(backers: int) -> Iterator[int]:
    """Return the marks up to and including the next one: 100, 300, 500, then each thousand."""
    for mark in (*FIRST_MARKS, *range(THEN_EVERY, backers + THEN_EVERY + 1, THEN_EVERY)):
        yield mark
        if mark > backers:
            return


def news_of(figures: Figures, known: dict[Mark, bool]) -> News:
    """Compare figures with the marks that are known; the value says whether one was passed before.

    A next goal that nobody had looked at is news only once it is passed after that. Of backers, only a campaign
    that was never looked at has marks behind it: further ones come up as the count grows.
    """
    looked_at = any(kind == BACKERS for kind, _mark in known)
    money = [(GOAL, figures.goal), *((NEXT_GOAL, amount) for amount in figures.next_goals)]
    marks = [*((BACKERS, number) for number in backer_marks(figures.backers)), *money]
    fresh = [mark for mark in marks if mark not in known]
    unseen = [mark for mark in fresh if figures.has_passed(mark) and not (mark[0] == BACKERS and looked_at)]
    passed = [mark for mark in marks if figures.has_passed(mark) and not known.get(mark) and mark not in unseen]
    return News(
        ahead=tuple(mark for mark in fresh if not figures.has_passed(mark)),
        behind=tuple(unseen),
        passed=tuple(passed),
    )


def note_milestones() -> int:
    """Note what campaigns have passed since the last look; return how many drafts were made."""
    known = _known(db.session(), None)
    return sum(_note(figures) for figures in _figures() if news_of(figures, known.get(figures.campaign_id, {})) != NONE)


NONE = News((), (), ())


def _figures() -> list[Figures]:
    goals: dict[int, list[int]] = {}
    for campaign_id, amount in db.session.execute(
        select(NextGoal.campaign_id, NextGoal.amount).order_by(NextGoal.amount)
    ):
        goals.setdefault(campaign_id, []).append(amount)
    rows = db.session.execute(select(Campaign.id, Campaign.raised, Campaign.backers, Campaign.goal))
    return [Figures(*row, tuple(goals.get(row.id, ()))) for row in rows]


def _known(session: Session, campaign_id: int | None) -> dict[int, dict[Mark, bool]]:
    rows = select(Milestone.campaign_id, Milestone.kind, Milestone.mark, Milestone.passed_at)
    if campaign_id is not None:
        rows = rows.where(Milestone.campaign_id == campaign_id)
    known: dict[int, dict[Mark, bool]] = {}
    for row in session.execute(rows):
        known.setdefault(row.campaign_id, {})[row.kind, row.mark] = row.passed_at is not None
    return known


def _note(figures: Figures) -> int:
    """Write down what is new of one campaign; whoever else is at it, each mark is passed once."""
    campaign = db.session.get_one(Campaign, figures.campaign_id)
    known = _known(db.session(), figures.campaign_id).get(figures.campaign_id, {})
    drafts = {mark: _draft(campaign, mark) for mark in news_of(figures, known).passed}
    with transaction() as session:
        session.execute(select(Campaign.id).where(Campaign.id == figures.campaign_id).with_for_update())
        news = news_of(figures, _known(session, figures.campaign_id).get(figures.campaign_id, {}))
        _add(session, figures.campaign_id, news.ahead, passed=False)
        _add(session, figures.campaign_id, news.behind, passed=True)
        made = [mark for mark in news.passed if mark in drafts]
        for mark in made:
            _pass(session, figures.campaign_id, mark, *drafts[mark])
        return len(made)


def _draft(campaign: Campaign, mark: Mark) -> tuple[Text, dict[str, Any]]:
    """Write and render the draft before the transaction opens."""
    words = skeleton("milestone", campaign, reached=mark)
    return words, rendered(words.body, {})


def _add(session: Session, campaign_id: int, marks: Iterable[Mark], *, passed: bool) -> None:
    at = clock.now() if passed else None
    session.add_all(Milestone(campaign_id=campaign_id, kind=kind, mark=mark, passed_at=at) for kind, mark in marks)


def _pass(session: Session, campaign_id: int, mark: Mark, words: Text, ready: dict[str, Any]) -> None:
    same = (Milestone.campaign_id == campaign_id, Milestone.kind == mark[0], Milestone.mark == mark[1])
    row = session.scalar(select(Milestone).where(*same))
    if row is None:
        row = Milestone(campaign_id=campaign_id, kind=mark[0], mark=mark[1])
        session.add(row)
    row.passed_at = clock.now()
    row.update_id = begun(session, campaign_id, "milestone", words, ready).id
    session.flush()
    for email in addresses_of_writers(session):
        mail.announce(session, REACHED, row.id, email, current_settings().locale)
