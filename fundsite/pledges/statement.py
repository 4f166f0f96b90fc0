"""What Stripe says of a payment, applied whole: the money that came, its fee, refunds, disputes.

Whatever brings the news (a delivery, the worker, `fundsite reconcile`), the payment's present state is what counts.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.books.ledger import book
from fundsite.campaigns.models import Campaign
from fundsite.db import db, release, transaction
from fundsite.payments.gateway import PaymentState
from fundsite.pledges import lifecycle
from fundsite.pledges.arrival import arrived
from fundsite.pledges.declines import note_decline
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.money_back import note_refunds
from fundsite.pledges.payments import account_of, note_payment, owner_of
from fundsite.pledges.service import gateway
from fundsite.pledges.waiting import follow
from fundsite.retries import retry_at


def apply_payment(state: PaymentState, cause: str) -> None:
    """Bring books and pledge to what a payment says, in one transaction; nothing happens if it is not one of ours."""
    pledge_id = owner_of(state)
    if pledge_id is None:
        return
    was_waiting = state.status == "open" and _is_waiting(pledge_id)
    if was_waiting:  # what was asked before the code was given out must not look like its end
        state = gateway().payment(state.id)
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        if is_monthly(session, pledge):
            note_refunds(session, pledge, write_down(session, pledge, state, "renewal"), state)
            return
        payment = write_down(session, pledge, state, "checkout")
        if payment.status == "failed":
            note_decline(session, pledge, payment)
        if state.status == "paid":
            arrived(session, pledge, state.id, state.amount, state.currency, cause)
        follow(session, pledge, state, was_waiting=was_waiting)
        note_refunds(session, pledge, payment, state)
        _note_dispute(session, pledge, state)


def is_monthly(session: Session, pledge: Pledge) -> bool:
    """Whether a pledge goes on each month: its payments are booked, and its subscription says how it stands."""
    return session.get_one(Campaign, pledge.campaign_id).funding == "monthly"


def write_down(session: Session, pledge: Pledge, state: PaymentState, purpose: str) -> Payment:
    """Bring the books to what a payment says; what it means for the pledge is left to the caller."""
    status = "failed" if purpose == "renewal" and state.status == "open" else state.status
    payment = note_payment(
        session,
        pledge,
        state.id,
        state.amount,
        status,
        state.received,
        purpose=purpose,
        charge_number=state.charge_number,
    )
    payment.decline = state.decline
    payment.dispute, payment.dispute_due_at = state.dispute, state.dispute_due_at
    _note_fee(payment, state)
    if state.method:
        pledge.method = state.method
    book(session, account_of(pledge), state.movements)
    return payment


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
    if to_status is None or pledge.status == to_status:
        return
    lifecycle.move(session, pledge, to_status, f"dispute:{state.dispute_id}:{state.dispute}", clock.now())
