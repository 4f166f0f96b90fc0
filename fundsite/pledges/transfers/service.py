"""Transfers that came short, over, late, or for what was given up: what staff see of them and how they settle them.

What staff decide is written down, with the audit log, before Stripe hears of it; the worker finishes what a dead
process left. Money on a supporter's account at Stripe is theirs until a payment uses it, so it is in no book of ours.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.pledges import lifecycle
from fundsite.pledges.methods import JAPAN, LIVES, end_of
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.service import CheckoutUnavailable
from fundsite.pledges.transfers.models import TransferRest, TransferReturn
from fundsite.pledges.transfers.rest import open_rest, returns_due, send_back
from fundsite.pledges.vouchers import CannotGiveUp, give_up

log = structlog.get_logger()

ENDED = "staff:ended"
SHOWN = 200
SOON = timedelta(minutes=5)


class NothingOpen(FundsiteError):
    """There is nothing left to settle, or not the amount that was decided on; nothing was done."""


@dataclass(frozen=True)
class TransferCase:
    """A transfer to be settled. `received` counts while the rest is awaited, `left_over` once nothing is."""

    pledge_id: int
    reference: str
    campaign_title: str
    name: str
    email: str
    status: str
    total: int
    currency: str
    received: int
    left_over: int
    until: datetime
    problem: str

    @property
    def is_short(self) -> bool:
        """Whether more is awaited."""
        return self.status == "waiting"

    @property
    def amount(self) -> int:
        """What would be sent back now."""
        return self.received if self.is_short else self.left_over


def open_cases() -> list[TransferCase]:
    """Return every transfer that staff must settle, the nearest deadline first."""
    pledges = select(Pledge).where(Pledge.id.in_(_short_ids()) | Pledge.id.in_(select(TransferRest.pledge_id)))
    cases = [_case(db.session(), pledge) for pledge in db.session.scalars(pledges.order_by(Pledge.hold_until))]
    return [case for case in cases if case.amount or case.problem][:SHOWN]


def find_case(pledge_id: int) -> TransferCase | None:
    """Return how a pledge's transfer stands; None for a pledge that no transfer was made for."""
    pledge = db.session.get(Pledge, pledge_id)
    return _case(db.session(), pledge) if pledge is not None and pledge.customer_id is not None else None


def count_short(campaign_id: int) -> int:
    """Count the transfers of a campaign that came short."""
    rows = select(func.count()).where(Pledge.campaign_id == campaign_id, Pledge.id.in_(_short_ids()))
    return db.session.scalar(rows) or 0


def _short_ids() -> Select[int]:
    return (
        select(Payment.pledge_id)
        .join(Pledge, Pledge.id == Payment.pledge_id)
        .where(Pledge.status == "waiting", Payment.status == "waiting", Payment.received > 0)
    )


def _case(session: Session, pledge: Pledge) -> TransferCase:
    due = select(func.max(TransferReturn.problem)).where(
        TransferReturn.pledge_id == pledge.id, TransferReturn.status == "due"
    )
    return TransferCase(
        pledge_id=pledge.id,
        reference=pledge.reference,
        campaign_title=session.get_one(Campaign, pledge.campaign_id).title,
        name=pledge.name,
        email=pledge.email,
        status=pledge.status,
        total=pledge.total,
        currency=pledge.currency,
        received=_received(session, pledge),
        left_over=open_rest(session, pledge.id),
        until=pledge.hold_until,
        problem=session.scalar(due) or "",
    )


def _received(session: Session, pledge: Pledge) -> int:
    """Return what a short transfer brought, without what is to be sent back already."""
    rows = select(func.coalesce(func.sum(Payment.received), 0))
    got = session.scalar(rows.where(Payment.pledge_id == pledge.id, Payment.status == "waiting")) or 0
    due = select(func.count()).where(TransferReturn.pledge_id == pledge.id, TransferReturn.status == "due")
    return 0 if session.scalar(due) else got


def wait_longer(pledge_id: int, by: int) -> datetime:
    """Give a supporter whose transfer came short another week from today; returns until when. Twice is once.

    Raises NothingOpen for a pledge that does not wait.
    """
    until = end_of(clock.local_day(clock.now(), JAPAN) + timedelta(days=LIVES["bank"][1]))
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        if pledge.status != "waiting" or not _received(session, pledge):
            raise NothingOpen(pledge.reference)
        if until > pledge.hold_until:
            pledge.hold_until = until
            audit.record(session, by, "transfer.wait", "pledge", pledge_id, until=until.date().isoformat())
        return pledge.hold_until


def give_back(pledge_id: int, amount: int, reason: str, by: int) -> None:
    """Send back what came short, ending the pledge, or what came too much. `amount` is what staff were shown.

    Raises NothingOpen where that is not what there is. The worker finishes what Stripe cannot do now.
    """
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        case = _case(session, pledge)
        if not 0 < amount == case.amount:
            raise NothingOpen(pledge.reference)
        now = clock.now()
        row = TransferReturn(pledge_id=pledge_id, amount=amount, reason=reason, requested_by=by)
        row.requested_at = row.next_try_at = now
        session.add(row)
        audit.record(session, by, "transfer.return", "pledge", pledge_id, amount=amount)
        session.flush()
        return_id = row.id
    act_on_return(return_id)


def act_on_return(return_id: int) -> None:
    """End the pledge if it still waits, then have the money sent back. Safe to repeat."""
    row = db.session.get_one(TransferReturn, return_id)
    pledge_id = row.pledge_id
    waits = db.session.get_one(Pledge, pledge_id, populate_existing=True).status == "waiting"
    if waits:
        try:
            status = give_up(pledge_id, ENDED)
        except (CheckoutUnavailable, CannotGiveUp) as error:
            log.warning("return_waits", reason=type(error).__name__)
            _put_off(return_id)
            return
        if status != "canceled":
            _came_after_all(return_id)
            return
    send_back(return_id)


def _put_off(return_id: int) -> None:
    with transaction() as session:
        session.get_one(TransferReturn, return_id).next_try_at = clock.now() + SOON


def _came_after_all(return_id: int) -> None:
    """Take a return back whose pledge was paid whole in the last moment."""
    with transaction() as session:
        row = session.get_one(TransferReturn, return_id)
        row.status, row.problem = "failed", "paid"


def keep(pledge_id: int, amount: int, by: int) -> None:
    """Note that staff have settled what came too much with the supporter otherwise. Twice is once.

    Raises NothingOpen where `amount` is not what is open.
    """
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        if pledge.status == "waiting" or not 0 < amount == open_rest(session, pledge_id):
            raise NothingOpen(pledge.reference)
        rest = session.get_one(TransferRest, pledge_id)
        rest.kept += amount
        audit.record(session, by, "transfer.keep", "pledge", pledge_id, amount=amount)


def act_on_returns(limit: int, *, everything: bool = False) -> int:
    """Do for the worker what staff have decided on and Stripe has not done yet."""
    due = returns_due(limit, everything=everything)
    for return_id in due:
        act_on_return(return_id)
    return len(due)
