"""What Stripe says of a payment, applied whole: the money that came, its fee, refunds, disputes.

Whatever brings the news (a delivery, the worker, `fundsite reconcile`), the payment's present state is what counts.
"""

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.books.ledger import book
from fundsite.db import db, release, transaction
from fundsite.payments.gateway import PaymentState
from fundsite.pledges import lifecycle
from fundsite.pledges.arrival import arrived
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.money_back import note_refunds
from fundsite.pledges.payments import account_of, note_payment, owner_of
from fundsite.pledges.service import gateway
from fundsite.pledges.waiting import follow
from fundsite.retries import retry_at

log = structlog.get_logger()

MONTHLY = frozenset({"active", "past_due", "ended"})


def apply_payment(state: PaymentState, cause: str, *, gave_up: str = "") -> bool:
    """Bring books and pledge to what a payment says, in one transaction; False if the payment is not one of ours.

    `gave_up` names the cause where it is we who ended an awaited payment.
    """
    pledge_id = owner_of(state)
    if pledge_id is None:
        return False
    was_waiting = state.status == "open" and _is_waiting(pledge_id)
    if was_waiting:  # what was asked before the code was given out must not look like its end
        state = gateway().payment(state.id)
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        payment = note_payment(session, pledge, state.id, state.amount, state.status, state.received)
        payment.decline = state.decline
        payment.dispute, payment.dispute_due_at = state.dispute, state.dispute_due_at
        _note_fee(payment, state)
        if state.method:
            pledge.method = state.method
        book(session, account_of(pledge), state.movements)
        if state.status == "paid" and pledge.status not in MONTHLY:
            arrived(session, pledge, state.id, state.amount, state.currency, cause)
        follow(session, pledge, state, was_waiting=was_waiting, gave_up=gave_up)
        note_refunds(session, pledge, payment, state)
        _note_dispute(session, pledge, state)
    return True


def _is_waiting(pledge_id: int) -> bool:
    status = db.session.scalar(select(Pledge.status).where(Pledge.id == pledge_id))
    release()
    return status == "waiting"


def _note_fee(payment: Payment, state: PaymentState) -> None:
    payment.fee_known = state.fee_known
    if not state.fee_known:
        payment.looks += 1
        payment.next_look_at = retry_at(payment.looks)


def _note_dispute(session: Session, pledge: Pledge, state: PaymentState) -> None:
    to_status = {"open": "disputed", "lost": "charged_back", "won": "paid"}.get(state.dispute)
    if to_status is None or pledge.status in {*MONTHLY, to_status}:
        return
    cause = f"dispute:{state.dispute_id}:{state.dispute}"
    if lifecycle.move(session, pledge, to_status, cause, clock.now()):
        log.info("pledge_moved", reference=pledge.reference, to=to_status, cause=cause)
