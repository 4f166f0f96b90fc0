"""Looking after a code for the store or an account for a transfer that was given out: asking, ending, giving up."""

from datetime import timedelta

import structlog
from sqlalchemy import select

from fundsite import clock
from fundsite.db import db, release, transaction
from fundsite.errors import FundsiteError
from fundsite.payments.gateway import GatewayRefused, GatewayUnavailable, PaymentState
from fundsite.pledges import lifecycle
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.service import CheckoutUnavailable, gateway
from fundsite.pledges.statement import apply_payment
from fundsite.pledges.waiting import note_giving_up, remind

log = structlog.get_logger()

GRACE = timedelta(minutes=5)  # what money may need that was on its way in the last second


class CannotGiveUp(FundsiteError):
    """Stripe will not end the payment: the money is on its way."""


def awaited_intent(pledge_id: int) -> str:
    """Return the payment for which a pledge waits: it was written down before the pledge began to wait."""
    found = db.session.scalars(
        select(Payment.intent_id)
        .where(Payment.pledge_id == pledge_id, Payment.purpose == "checkout", Payment.intent_id.is_not(None))
        .order_by(Payment.id.desc())
        .limit(1)
    ).one()
    release()
    return str(found)


def look_at(pledge_id: int) -> None:
    """Ask Stripe how an awaited payment stands and apply that; remind, if it is time. Raises what the gateway raises.

    A code for the store ends by itself. An account for a transfer does not: once its time is over and nothing has
    come, the payment is ended, so that it can never be paid. What came short is for staff to settle.
    """
    pledge = db.session.get_one(Pledge, pledge_id)
    over = pledge.method == "bank" and pledge.hold_until + GRACE < clock.now()
    intent_id = awaited_intent(pledge_id)
    state = gateway().payment(intent_id)
    if over and state.status == "waiting" and not state.received:
        state = gateway().cancel_payment(intent_id)
    apply_payment(state, f"look:{state.id}:{state.status}")
    with transaction() as session:
        remind(session, lifecycle.locked(session, pledge_id))


def give_up(pledge_id: int, cause: str) -> str:
    """End a payment that is awaited, so that it can never be made, and the pledge with it.

    Returns the status it ended in: "canceled", or another where the payer was faster. Raises CheckoutUnavailable when
    Stripe cannot be asked, and CannotGiveUp when it refuses; the pledge then stands as it was.
    """
    intent_id = awaited_intent(pledge_id)
    with transaction() as session:
        note_giving_up(session, lifecycle.locked(session, pledge_id), cause)
    state = _ended(intent_id)
    apply_payment(state, f"stripe:{intent_id}:{state.status}")
    status = db.session.get_one(Pledge, pledge_id, populate_existing=True).status
    if status == "waiting":
        raise CannotGiveUp(str(pledge_id))
    return status


def _ended(intent_id: str) -> PaymentState:
    try:
        return gateway().cancel_payment(intent_id)
    except (GatewayUnavailable, GatewayRefused) as error:
        raise CheckoutUnavailable(str(error)) from error
