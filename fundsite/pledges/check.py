"""Recounting every kept figure from the rows it stands for."""

from collections.abc import Iterator

from sqlalchemy import and_, func, select

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
    return [*_campaigns(), *_rewards(), *_histories(), *_mails()]


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


def _histories() -> Iterator[str]:
    """Hold each pledge's status against its history, and each move against the table of moves."""
    last = select(PledgeEvent.pledge_id, func.max(PledgeEvent.id).label("id")).group_by(PledgeEvent.pledge_id).subquery()
    rows = db.session.execute(
        select(Pledge.reference, Pledge.status, PledgeEvent.to_status)
        .outerjoin(last, last.c.pledge_id == Pledge.id)
        .outerjoin(PledgeEvent, PledgeEvent.id == last.c.id)
        .where((PledgeEvent.id.is_(None)) | (PledgeEvent.to_status != Pledge.status))
    )
    for reference, status, noted in rows:
        yield f"pledge {reference}: status is {status}, its history ends with {noted}"
    moves = db.session.execute(
        select(PledgeEvent.from_status, PledgeEvent.to_status, func.count())
        .where(PledgeEvent.from_status.is_not(None))
        .group_by(PledgeEvent.from_status, PledgeEvent.to_status)
    )
    for before, after, count in moves:
        if (before, after) not in MOVES:
            yield f"history: {count} moves from {before} to {after}, which is no allowed move"


def _mails() -> Iterator[str]:
    """Each payment is thanked for in one mail."""
    thanked = select(OutboxMail.about).where(OutboxMail.kind == "pledge_thanks")
    for reference in db.session.scalars(select(Pledge.reference).where(PAID, Pledge.id.not_in(thanked))):
        yield f"pledge {reference}: paid, but no thank-you mail was ever announced"
