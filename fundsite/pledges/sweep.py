"""Looking after what nobody brought to an end: lost webhooks, dead processes, money to give back, unknown fees."""

from datetime import timedelta

import structlog
from sqlalchemy import select, update

from fundsite import clock
from fundsite.db import db, release, transaction
from fundsite.payments.gateway import GatewayRefused, GatewayUnavailable
from fundsite.pledges.models import Pledge
from fundsite.pledges.money_back import act_on_refund, refunds_due
from fundsite.pledges.monthly.acts import act_on_stop, stops_due
from fundsite.pledges.opening import open_checkout
from fundsite.pledges.payments import fees_missing, put_off_fee
from fundsite.pledges.service import PATIENCE, CheckoutUnavailable, gateway
from fundsite.pledges.settlement import ask
from fundsite.pledges.statement import apply_payment
from fundsite.pledges.transfers.rest import look_at_rests
from fundsite.pledges.transfers.service import act_on_returns
from fundsite.pledges.waiting import reminder_due

log = structlog.get_logger()

LIMIT = 200
GRACE = timedelta(seconds=30)  # what Stripe may take to call a session expired whose time is over
GRACE_FOR_CODES = timedelta(minutes=6)  # longer than what `vouchers` leaves to money on its way
HOUR = timedelta(hours=1)


def sweep(*, everything: bool = False) -> int:
    """Ask Stripe about unpaid pledges, pay back what is owed, end what is to end; returns how many were looked after.

    Without `everything` only those whose time to be looked at has come: two minutes after the start, then at twice
    the age each time, when somebody is to be reminded, and once session or code has run out.
    """
    now = clock.now()
    due = select(Pledge.id).where(Pledge.status.in_(("pending", "waiting"))).order_by(Pledge.next_look_at)
    if not everything:
        due = due.where(Pledge.next_look_at <= now).limit(LIMIT)
    unpaid = list(db.session.scalars(due))
    release()
    for pledge_id in unpaid:
        _look_after(pledge_id)
    owed = refunds_due(LIMIT, everything=everything)
    for refund_id in owed:
        act_on_refund(refund_id)
    fees = fees_missing(LIMIT, everything=everything)
    for intent_id in fees:
        _ask_for_the_fee(intent_id)
    rests = act_on_returns(LIMIT, everything=everything) + look_at_rests(LIMIT, everything=everything)
    stops = stops_due(LIMIT, everything=everything)
    for pledge_id in stops:
        act_on_stop(pledge_id)
    return len(unpaid) + len(owed) + len(fees) + rests + len(stops)


def _ask_for_the_fee(intent_id: str) -> None:
    try:
        apply_payment(gateway().payment(intent_id), f"fee:{intent_id}")
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("fee_not_known", reason=str(error))
        put_off_fee(intent_id)


def _look_after(pledge_id: int) -> None:
    """Settle one pledge. Where we died before noting its session, the same order finds it again."""
    pledge = db.session.get_one(Pledge, pledge_id)
    _look_again_later(pledge)
    if pledge.status == "pending" and pledge.checkout_session_id is None:
        try:
            open_checkout(pledge)
        except CheckoutUnavailable:
            return
    ask(db.session.get_one(Pledge, pledge_id))


def _look_again_later(pledge: Pledge) -> None:
    now = clock.now()
    run_out = pledge.hold_until + (GRACE if pledge.status == "pending" else GRACE_FOR_CODES)
    moments = (now + (now - pledge.created_at), reminder_due(pledge), run_out)
    ahead = [moment for moment in moments if moment is not None and moment > now]
    patience = PATIENCE if pledge.status == "pending" else HOUR
    later = min(ahead) if now < run_out else now + patience
    with transaction() as session:
        session.execute(update(Pledge).where(Pledge.id == pledge.id).values(next_look_at=later))
