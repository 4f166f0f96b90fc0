"""Recounting every kept figure from the rows it stands for."""

from collections.abc import Iterator

from sqlalchemy import and_, case, false, func, select, true

from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.mail import OutboxMail
from fundsite.pledges.lifecycle import MOVES
from fundsite.pledges.models import Pledge, PledgeEvent
from fundsite.rewards.models import Reward

PAID = Pledge.status == "paid"
HOLDING = Pledge.status.in_(("pending", "paid"))


def differences() -> list[str]:
    """Return each difference in one line; an empty list means that the books are right."""
    return [*_campaigns(), *_rewards(), *_holds(), *_histories(), *_moves(), *_mails()]


def _campaigns() -> Iterator[str]:
    rows = db.session.execute(
        select(
            Campaign.slug,
            Campaign.raised,
            Campaign.backers,
            func.coalesce(func.sum(Pledge.total), 0),
            func.count(Pledge.id),
        )
        .outerjoin(Pledge, and_(Pledge.campaign_id == Campaign.id, PAID))
        .group_by(Campaign.id)
        .order_by(Campaign.slug)
    )
    for slug, raised, backers, total, count in rows:
        if raised != total:
            yield f"campaign {slug}: raised says {raised}, paid pledges add up to {total}"
        if backers != count:
            yield f"campaign {slug}: backers says {backers}, there are {count} paid pledges"


def _rewards() -> Iterator[str]:
    for condition, column, what in ((PAID, Reward.pledged, "pledged"), (HOLDING, Reward.claimed, "claimed")):
        counted = func.coalesce(func.sum(Pledge.quantity), 0)
        rows = db.session.execute(
            select(Campaign.slug, Reward.code, column, counted)
            .join(Campaign, Campaign.id == Reward.campaign_id)
            .outerjoin(Pledge, and_(Pledge.reward_id == Reward.id, condition))
            .group_by(Reward.id, Campaign.slug)
            .having(column != counted)
        )
        for slug, code, kept, found in rows:
            yield f"reward {slug}/{code}: {what} says {kept}, pledges add up to {found}"


def _holds() -> Iterator[str]:
    """Whoever is counted as holding stock says so: it is what gives the stock back, once."""
    held = and_(HOLDING, Pledge.reward_id.is_not(None))
    for reference, holds in db.session.execute(
        select(Pledge.reference, Pledge.holds_stock).where(case((held, true()), else_=false()) != Pledge.holds_stock)
    ):
        yield f"pledge {reference}: holds_stock is {holds}, its status says otherwise"


def _histories() -> Iterator[str]:
    """Hold each pledge's status against the end of its history."""
    last = (
        select(PledgeEvent.pledge_id, func.max(PledgeEvent.id).label("id")).group_by(PledgeEvent.pledge_id).subquery()
    )
    rows = db.session.execute(
        select(Pledge.reference, Pledge.status, PledgeEvent.to_status)
        .outerjoin(last, last.c.pledge_id == Pledge.id)
        .outerjoin(PledgeEvent, PledgeEvent.id == last.c.id)
        .where((PledgeEvent.id.is_(None)) | (PledgeEvent.to_status != Pledge.status))
    )
    for reference, status, noted in rows:
        yield f"pledge {reference}: status is {status}, its history ends with {noted}"


def _moves() -> Iterator[str]:
    """Hold each move against the one before it, and against the table of moves."""
    came_from = func.lag(PledgeEvent.to_status).over(partition_by=PledgeEvent.pledge_id, order_by=PledgeEvent.id)
    steps = select(PledgeEvent.pledge_id, PledgeEvent.from_status, came_from.label("came_from")).subquery()
    broken = (
        select(Pledge.reference)
        .join(steps, steps.c.pledge_id == Pledge.id)
        .where(steps.c.from_status.is_distinct_from(steps.c.came_from))
        .distinct()
    )
    for reference in db.session.scalars(broken):
        yield f"pledge {reference}: its history has a gap"
    moves = db.session.execute(
        select(PledgeEvent.from_status, PledgeEvent.to_status, func.count())
        .where(PledgeEvent.from_status.is_not(None))
        .group_by(PledgeEvent.from_status, PledgeEvent.to_status)
    )
    for before, after, count in moves:
        if (before, after) not in MOVES:
            yield f"history: {count} moves from {before} to {after}, which is no allowed move"


def _mails() -> Iterator[str]:
    """Each payment is thanked for in one mail, and nothing else is."""
    thanked = select(OutboxMail.about).where(OutboxMail.kind == "pledge_thanks")
    for reference in db.session.scalars(select(Pledge.reference).where(PAID, Pledge.id.not_in(thanked))):
        yield f"pledge {reference}: paid, but no thank-you mail was ever announced"
    paid_once = select(PledgeEvent.pledge_id).where(PledgeEvent.to_status == "paid")
    for about in db.session.scalars(thanked.where(OutboxMail.about.not_in(paid_once))):
        yield f"mail: a thank-you is about pledge number {about}, which was never paid"
