"""The end of All-or-Nothing campaigns: decided, charged or let go, told. All that the worker does of it."""

from datetime import timedelta

import structlog
from sqlalchemy import exists, select, update

from fundsite import clock
from fundsite.campaigns.closing import close, to_be_closed
from fundsite.campaigns.models import Campaign
from fundsite.db import db, release, transaction
from fundsite.pledges import lifecycle
from fundsite.pledges.models import Pledge
from fundsite.pledges.promised.charging import charge_due
from fundsite.pledges.promised.saving import cards_to_forget, forget_card
from fundsite.pledges.service import HOLD

log = structlog.get_logger()

# Who began in time may finish: a session at Stripe lives as long as its pledge is held, and a little more.
AFTER_THE_END = HOLD + timedelta(minutes=5)
LIMIT = 200
CARDS_LIMIT = 25


def end_campaigns(*, everything: bool = False) -> int:
    """Do what the end of campaigns asks for, each step safe to repeat; returns how many pledges were looked after."""
    close_due()
    told = _let_go(everything=everything)
    charged = charge_due(everything=everything)
    _note_charged()
    forgotten = cards_to_forget(CARDS_LIMIT)
    for pledge_id in forgotten:
        forget_card(pledge_id)
    return told + charged + len(forgotten)


def close_due() -> None:
    """Decide the campaigns whose end has come, once nobody who began in time is still at Stripe's page."""
    now = clock.now()
    due = list(to_be_closed(db.session(), now))
    release()
    for campaign_id in due:
        with transaction() as session:
            ends_at = session.get_one(Campaign, campaign_id).ends_at
            at_checkout = select(exists().where(Pledge.campaign_id == campaign_id, Pledge.status == "pending"))
            if ends_at and now < ends_at + AFTER_THE_END and session.scalar(at_checkout):
                continue
            closed = close(session, campaign_id, now)
            if closed is not None:
                log.info("campaign_closed", campaign=closed.slug, reached=closed.closed_reached)


def _let_go(*, everything: bool) -> int:
    """Tell those who promised to a campaign that missed its goal that nothing is charged, and give the stock back."""
    rows = (
        select(Pledge.id)
        .join(Campaign, Campaign.id == Pledge.campaign_id)
        .where(Pledge.status == "promised", Campaign.closed_reached.is_(False))
        .order_by(Pledge.id)
    )
    found = list(db.session.scalars(rows if everything else rows.limit(LIMIT)))
    release()
    for pledge_id in found:
        with transaction() as session:
            lifecycle.move(session, lifecycle.locked(session, pledge_id), "uncharged", "goal:missed", clock.now())
    return len(found)


def _note_charged() -> None:
    """Note since when nobody of a closed campaign waits any more."""
    waits = exists().where(Pledge.campaign_id == Campaign.id, Pledge.status == "promised")
    over = select(Campaign.id).where(Campaign.closed_at.is_not(None), Campaign.charged_at.is_(None), ~waits)
    done = list(db.session.scalars(over))
    release()
    if done:
        with transaction() as session:
            session.execute(update(Campaign).where(Campaign.id.in_(done)).values(charged_at=clock.now()))
