"""What was transferred too much, too late, or for a pledge that was given up: Stripe keeps it until staff settle it.

What lies there is only looked at; what staff send back is a row before Stripe hears of it, and its number is part of
the idempotency key.
"""

from datetime import timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fundsite import clock, mail
from fundsite.db import db, release, transaction
from fundsite.payments.gateway import GatewayRefused, GatewayUnavailable, RefundState
from fundsite.payments.orders import ReturnOrder
from fundsite.pledges import lifecycle
from fundsite.pledges.models import Pledge
from fundsite.pledges.service import gateway
from fundsite.pledges.transfers.models import TransferRest, TransferReturn

log = structlog.get_logger()

LATER = timedelta(hours=1)  # what a canceled payment had got may come back to the account only after a while
DAY = timedelta(days=1)
LOOKS = 2
RETURNED = "transfer_returned"


def expect_rest(session: Session, pledge: Pledge) -> None:
    """Have the worker ask how much lies unused, within the caller's transaction."""
    now = clock.now()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fresh = {"pledge_id": pledge.id, "left_over": 0, "kept": 0, "looks": 0, "next_look_at": now}
    again = {"looks": 0, "next_look_at": now}
    statement = insert(TransferRest).values(fresh)
    session.execute(statement.on_conflict_do_update(index_elements=["pledge_id"], set_=again))


def rests_due(limit: int, *, everything: bool = False) -> list[int]:
    """Return the pledges whose supporter's account Stripe is to be asked about."""
    rows = select(TransferRest.pledge_id).where(TransferRest.next_look_at.is_not(None))
    if not everything:
        rows = rows.where(TransferRest.next_look_at <= clock.now()).limit(limit)
    found = list(db.session.scalars(rows.order_by(TransferRest.next_look_at)))
    release()
    return found


def pledge_of_customer(customer_id: str) -> int | None:
    """Return whose account at Stripe this is; None if it is not one of ours."""
    found = db.session.scalar(select(Pledge.id).where(Pledge.customer_id == customer_id))
    release()
    return found


def look_at_rest(pledge_id: int) -> None:
    """Ask Stripe what lies unused and how the returns stand, and write it down. Raises what the gateway raises."""
    pledge = db.session.get_one(Pledge, pledge_id)
    customer_id, currency = pledge.customer_id or "", pledge.currency
    open_returns = select(TransferReturn.refund_id).where(
        TransferReturn.pledge_id == pledge_id, TransferReturn.status == "pending"
    )
    on_their_way = [refund_id for refund_id in db.session.scalars(open_returns) if refund_id]
    release()
    states = [gateway().refunded(refund_id) for refund_id in on_their_way]
    left = gateway().unused(customer_id, currency)
    with transaction() as session:
        lifecycle.locked(session, pledge_id)
        for state in states:
            row = session.scalars(select(TransferReturn).where(TransferReturn.refund_id == state.id)).one()
            row.status = state.status
        session.flush()
        _note_rest(session, pledge_id, left)


def _note_rest(session: Session, pledge_id: int, left: int) -> None:
    rest = session.get(TransferRest, pledge_id, populate_existing=True)
    if rest is None:
        rest = TransferRest(pledge_id=pledge_id, looks=0)
        session.add(rest)
    rest.left_over, rest.looks = left, rest.looks + 1
    rest.kept = min(rest.kept or 0, left)
    pending = select(TransferReturn.id).where(TransferReturn.pledge_id == pledge_id, TransferReturn.status == "pending")
    now = clock.now()
    if rest.looks < LOOKS:
        rest.next_look_at = now + LATER
    else:
        rest.next_look_at = now + DAY if session.scalar(pending.limit(1)) else None


def open_rest(session: Session, pledge_id: int) -> int:
    """Return what of a rest nobody has settled yet."""
    rest = session.get(TransferRest, pledge_id, populate_existing=True)
    due = select(func.coalesce(func.sum(TransferReturn.amount), 0)).where(
        TransferReturn.pledge_id == pledge_id, TransferReturn.status == "due"
    )
    return max(rest.left_over - rest.kept - (session.scalar(due) or 0), 0) if rest else 0


def returns_due(limit: int, *, everything: bool = False) -> list[int]:
    """Return what staff want to be sent back and Stripe has not been asked for, or has not answered."""
    rows = select(TransferReturn.id).where(TransferReturn.status == "due").order_by(TransferReturn.id)
    found = list(
        db.session.scalars(rows if everything else rows.where(TransferReturn.next_try_at <= clock.now()).limit(limit))
    )
    release()
    return found


def send_back(return_id: int) -> None:
    """Ask Stripe to send back what staff decided on. Safe to repeat; left for the worker if Stripe is away."""
    row = db.session.get_one(TransferReturn, return_id)
    pledge = db.session.get_one(Pledge, row.pledge_id)
    due = row.status == "due" and pledge.customer_id is not None
    order = ReturnOrder(
        customer_id=pledge.customer_id or "",
        amount=row.amount,
        currency=pledge.currency,
        email=pledge.email,
        reference=pledge.reference,
        marker=f"return-{return_id}",
        since=row.requested_at,
    )
    release()
    if not due:
        return
    try:
        state = gateway().give_back_unused(order)
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("return_waits", reference=order.reference, reason=str(error))
        with transaction() as session:
            row = session.get_one(TransferReturn, return_id)
            row.problem = str(error) if isinstance(error, GatewayRefused) else row.problem
            row.next_try_at = clock.now() + LATER
        return
    with transaction() as session:
        _note_return(session, return_id, state)


def _note_return(session: Session, return_id: int, state: RefundState) -> None:
    row = session.get_one(TransferReturn, return_id)
    pledge = lifecycle.locked(session, row.pledge_id)
    row = session.get_one(TransferReturn, return_id, populate_existing=True)
    if row.status != "due":
        return
    row.refund_id, row.status, row.problem = state.id, state.status, ""
    rest = session.get_one(TransferRest, pledge.id, populate_existing=True)
    rest.left_over = max(rest.left_over - row.amount, 0)
    rest.kept = min(rest.kept, rest.left_over)
    expect_rest(session, pledge)
    mail.announce(session, RETURNED, row.id, pledge.email, pledge.locale)


def look_at_rests(limit: int, *, everything: bool = False) -> int:
    """Do for the worker all that is due about rests; what Stripe cannot say now stays due."""
    rests = rests_due(limit, everything=everything)
    for pledge_id in rests:
        try:
            look_at_rest(pledge_id)
        except (GatewayUnavailable, GatewayRefused) as error:
            log.warning("rest_not_known", reason=str(error))
            _put_off(pledge_id)
    return len(rests)


def _put_off(pledge_id: int) -> None:
    with transaction() as session:
        session.get_one(TransferRest, pledge_id).next_look_at = clock.now() + LATER


def unsettled_rests(campaign_id: int) -> int:
    """Count the pledges of a campaign whose rest nobody has settled."""
    due = (
        select(func.coalesce(func.sum(TransferReturn.amount), 0))
        .where(TransferReturn.pledge_id == TransferRest.pledge_id, TransferReturn.status == "due")
        .scalar_subquery()
    )
    rows = (
        select(func.count())
        .select_from(TransferRest)
        .join(Pledge, Pledge.id == TransferRest.pledge_id)
        .where(TransferRest.left_over - TransferRest.kept - due > 0, Pledge.campaign_id == campaign_id)
    )
    return db.session.scalar(rows) or 0
