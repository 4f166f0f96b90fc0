"""Charging the saved cards of an All-or-Nothing campaign, each once.

A payment's row stands before Stripe is asked, and the idempotency key is made of its number, so that a lost reply, a
dead process or a second worker makes no second charge. What was begun and not ended is looked for at Stripe first: a
key is kept for a day only.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.db import db, release, transaction
from fundsite.payments.gateway import CardUnusable, GatewayBusy, GatewayRefused, PaymentState
from fundsite.payments.orders import ChargeOrder
from fundsite.pledges import lifecycle
from fundsite.pledges.declines import MOST_CHARGES, charges_failed, note_decline
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.payments import new_payment, unfinished
from fundsite.pledges.promised.paying_again import look_at_session
from fundsite.pledges.service import CheckoutUnavailable, gateway
from fundsite.pledges.statement import apply_payment

log = structlog.get_logger()

LIMIT = 25  # cards in one round of the worker: mail goes out between the rounds
LEASE = timedelta(minutes=1)  # how long a worker may be at one card before another takes it up
AFTER_REFUSAL = timedelta(hours=1)
SLOWEST_PACE = 0.1  # seconds between two charges: Stripe allows 25 requests in a second in test mode, and 100 live


@dataclass(frozen=True)
class _Charge:
    """A charge that stands in our rows. `begun` says that Stripe may have been asked for it before."""

    payment_id: int
    order: ChargeOrder
    intent_id: str | None
    begun: bool


def charge_due(*, everything: bool = False) -> int:
    """Charge what is due: the cards of a campaign that reached its goal, and those declined before, on their days.

    Returns how many were looked after. With `everything` nobody's lease is waited for. Raises GatewayUnavailable: the
    round ends there, and the next begins where this one stopped.
    """
    promised, declined = _promised(everything=everything), _declined(everything=everything)
    for pledge_id in promised:
        _charge(pledge_id, everything=everything)
    for pledge_id in declined:
        _look_after(pledge_id)
    return len(promised) + len(declined)


def _promised(*, everything: bool) -> list[int]:
    rows = (
        select(Pledge.id)
        .join(Campaign, Campaign.id == Pledge.campaign_id)
        .where(Pledge.status == "promised", Campaign.closed_reached.is_(True))
        .order_by(Pledge.next_look_at, Pledge.id)
    )
    if not everything:
        rows = rows.where(Pledge.next_look_at <= clock.now()).limit(LIMIT)
    return _found(rows)


def _declined(*, everything: bool) -> list[int]:
    rows = select(Pledge.id).where(Pledge.status == "declined", Pledge.next_look_at <= clock.now())
    rows = rows.order_by(Pledge.next_look_at, Pledge.id)
    return _found(rows if everything else rows.limit(LIMIT))


def _found(rows: Select[int]) -> list[int]:
    found = list(db.session.scalars(rows))
    release()
    return found


def _look_after(pledge_id: int) -> None:
    """Bring a declined pledge a step further: charge its card again, wait for a session that is open, or release it."""
    try:
        if look_at_session(pledge_id):
            _later(pledge_id, LEASE)
        elif _is_over(pledge_id):
            _released(pledge_id)
        else:
            _charge(pledge_id, everything=False)
    except CheckoutUnavailable as error:
        log.warning("paying_again_not_known", reason=str(error))
        _later(pledge_id, LEASE)


def _charge(pledge_id: int, *, everything: bool) -> None:
    charge = _claimed(pledge_id, everything=everything)
    if charge is not None:
        _carried_out(pledge_id, charge)


def _claimed(pledge_id: int, *, everything: bool) -> _Charge | None:
    """Write the charge down, or find the one that was begun; None where another worker has it or nothing is due."""
    now = clock.now()
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        leased = pledge.next_look_at > now and not (everything and pledge.status == "promised")
        if leased or not _may_be_charged(session, pledge):
            return None
        payment = unfinished(session, pledge, "saved_card")
        begun = payment is not None
        payment = payment or new_payment(session, pledge, "saved_card", pledge.total)
        pledge.next_look_at = now + LEASE
        return _Charge(payment.id, _order(pledge, payment), payment.intent_id, begun)


def _may_be_charged(session: Session, pledge: Pledge) -> bool:
    if pledge.status not in {"promised", "declined"} or unfinished(session, pledge, "checkout") is not None:
        return False
    return bool(session.get_one(Campaign, pledge.campaign_id).closed_reached)


def _order(pledge: Pledge, payment: Payment) -> ChargeOrder:
    return ChargeOrder(
        reference=pledge.reference,
        number=payment.number,
        amount=payment.amount,
        currency=pledge.currency,
        customer_id=pledge.customer_id or "",
        saved_card_id=pledge.saved_card_id or "",
    )


def _carried_out(pledge_id: int, charge: _Charge) -> None:
    number = charge.order.number
    try:
        state = _present(charge)
    except CardUnusable as error:
        _unusable(pledge_id, charge, str(error))
    except GatewayBusy:
        log.info("charged_elsewhere", reference=charge.order.reference)
    except GatewayRefused as error:
        log.exception("charge_refused", reference=charge.order.reference, reason=str(error))
        _later(pledge_id, AFTER_REFUSAL)
    else:
        apply_payment(state, f"saved_card:{number}:{state.status}")


def _present(charge: _Charge) -> PaymentState:
    """Charge, or find what became of the charge that was begun."""
    if charge.intent_id is not None:
        return gateway().payment(charge.intent_id)
    if charge.begun:
        for state in gateway().charges_of(charge.order.customer_id):
            if (state.reference, state.charge_number) == (charge.order.reference, charge.order.number):
                return state
    started = time.monotonic()
    state = gateway().charge(charge.order)
    time.sleep(max(SLOWEST_PACE - (time.monotonic() - started), 0))
    return state


def _unusable(pledge_id: int, charge: _Charge, reason: str) -> None:
    """Take a card that is not there any more for declined: its owner can still pay."""
    log.warning("card_unusable", reference=charge.order.reference, reason=reason)
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        payment = session.get_one(Payment, charge.payment_id)
        payment.status, payment.decline = "failed", "card_unusable"
        note_decline(session, pledge, payment)


def _is_over(pledge_id: int) -> bool:
    """Whether a declined card was tried as often as was said."""
    pledge = db.session.get_one(Pledge, pledge_id)
    over = pledge.status == "declined" and charges_failed(db.session(), pledge) >= MOST_CHARGES
    release()
    return over


def _released(pledge_id: int) -> None:
    """Release what was declined too often; not from somebody who has begun to pay since we looked."""
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        if unfinished(session, pledge, "checkout") is None and pledge.status == "declined":
            lifecycle.move(session, pledge, "expired", "retries:over", clock.now())


def _later(pledge_id: int, wait: timedelta) -> None:
    with transaction() as session:
        lifecycle.locked(session, pledge_id).next_look_at = clock.now() + wait
