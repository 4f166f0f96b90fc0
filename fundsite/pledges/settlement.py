"""What Stripe says of a checkout session, applied: by webhook, thanks page and worker, all through `apply`.

A delivery is only a hint. The object's present state is fetched and that is applied, so late, doubled, lost and
reordered deliveries end in the same place.
"""

import structlog
from sqlalchemy import or_, select

from fundsite import clock
from fundsite.db import db, release, transaction
from fundsite.payments.gateway import CheckoutState, GatewayRefused, GatewayUnavailable
from fundsite.pledges import lifecycle
from fundsite.pledges.arrival import arrived
from fundsite.pledges.declines import session_over
from fundsite.pledges.models import Pledge, Refund
from fundsite.pledges.money_back import act_on_refund
from fundsite.pledges.monthly.following import follow
from fundsite.pledges.opening import open_checkout
from fundsite.pledges.promised.saving import card_saved
from fundsite.pledges.service import CheckoutUnavailable, gateway
from fundsite.pledges.statement import apply_payment
from fundsite.pledges.vouchers import give_up, look_at

log = structlog.get_logger()

AFTER_SAVING = frozenset({"promised", "declined", "paid", "uncharged"})


def apply_present(session_id: str) -> None:
    """Fetch a session as it is now and apply that; raises what the gateway raises."""
    state = gateway().checkout(session_id)
    apply(state, f"stripe:{state.id}:{state.status}")


def _pledge_id(state: CheckoutState) -> int | None:
    """Find whose session this is, also where we died before noting its id."""
    found = db.session.scalar(
        select(Pledge.id).where(
            Pledge.reference == state.reference,
            or_(Pledge.checkout_session_id == state.id, Pledge.checkout_session_id.is_(None)),
        )
    )
    release()
    return found


def apply(state: CheckoutState, cause: str) -> None:
    """Bring a pledge to what its checkout session says, in one transaction; then pay back what cannot be kept.

    Where the session began a subscription, that is fetched and applied; raises what the gateway raises then.
    """
    pledge_id = _pledge_id(state)
    if pledge_id is None:
        return
    if state.status == "complete" and not state.paid and state.payment_intent_id:
        _apply_later(state, pledge_id)
        return
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        if state.saves_card and pledge.status in AFTER_SAVING:
            return  # told before; its place may belong to a session for paying again
        pledge.checkout_session_id = state.id
        if state.status == "expired" and pledge.status == "declined":
            session_over(session, pledge)
        elif state.status == "expired":
            lifecycle.move(session, pledge, "expired", cause, clock.now())
        elif state.saved_card_id:
            card_saved(session, pledge, state, cause)
        elif state.paid and state.payment_intent_id:
            arrived(session, pledge, state.payment_intent_id, state.amount, state.currency, cause)
    if state.paid and state.subscription_id:
        follow(state.subscription_id, cause)
    owed = list(db.session.scalars(select(Refund.id).where(Refund.pledge_id == pledge_id, Refund.status == "due")))
    release()
    for refund_id in owed:
        act_on_refund(refund_id)


def _apply_later(state: CheckoutState, pledge_id: int) -> None:
    """Apply a session that is complete without money: the payment says how it can be paid, or that it cannot."""
    payment = gateway().payment(str(state.payment_intent_id))
    with transaction() as session:
        lifecycle.locked(session, pledge_id).checkout_session_id = state.id
    apply_payment(payment, f"later:{payment.id}:{payment.status}")
    if payment.status in {"open", "canceled"}:
        with transaction() as session:
            pledge = lifecycle.locked(session, pledge_id)
            if pledge.status == "pending":  # the code ran out before we ever heard of it
                lifecycle.move(session, pledge, "expired", f"lapsed:{payment.id}", clock.now())


def ask(pledge: Pledge) -> None:
    """Ask Stripe how an unpaid pledge stands and apply the answer; a service that is away changes nothing."""
    pledge_id, session_id, status = pledge.id, pledge.checkout_session_id, pledge.status
    release()
    if status not in {"pending", "waiting", "declined"} or session_id is None:
        return
    try:
        if status == "waiting":
            look_at(pledge_id)
        else:
            apply_present(session_id)
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("checkout_not_known", reason=str(error))


def _apply_what_came(state: CheckoutState) -> None:
    try:
        apply(state, f"stripe:{state.id}:{state.status}")
    except (GatewayUnavailable, GatewayRefused) as error:
        raise CheckoutUnavailable(str(error)) from error


def leave(pledge: Pledge) -> str:
    """Give an unpaid pledge up: end its session or payment first, so that it can never be paid; then its stock is free.

    Returns the status it ended in: "canceled", also where Stripe's own news of the closed page came first, or another
    where the payer was faster. Raises CheckoutUnavailable when Stripe cannot be asked, and CannotGiveUp when money is
    on its way; the pledge then stands until its time is over.
    """
    pledge_id = pledge.id
    if pledge.status == "waiting":
        return give_up(pledge_id, "supporter:left")
    if pledge.status != "pending":
        return pledge.status
    session_id = pledge.checkout_session_id or open_checkout(pledge).id
    release()
    try:
        state = gateway().expire_checkout(session_id)
    except (GatewayUnavailable, GatewayRefused) as error:
        raise CheckoutUnavailable(str(error)) from error
    if state.status == "expired":
        with transaction() as session:
            lifecycle.move(session, lifecycle.locked(session, pledge_id), "canceled", "supporter:left", clock.now())
    else:
        _apply_what_came(state)
    return db.session.get_one(Pledge, pledge_id).status
