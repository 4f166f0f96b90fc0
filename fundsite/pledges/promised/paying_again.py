"""A declined pledge is paid by its supporter: in a checkout session of its own, beside which no card is charged.

A row of the session stands before Stripe is asked. As long as it is open the automatic retries wait, and while a charge
is under way no session is opened; what comes twice all the same goes back through `arrival`.
"""

from dataclasses import dataclass, replace

import structlog

from fundsite import clock
from fundsite.db import db, release, transaction
from fundsite.payments.gateway import CheckoutState, GatewayRefused, GatewayUnavailable
from fundsite.payments.orders import CheckoutOrder
from fundsite.pledges import access, lifecycle
from fundsite.pledges.declines import session_over
from fundsite.pledges.models import Pledge
from fundsite.pledges.opening import checkout_order
from fundsite.pledges.payments import new_payment, unfinished
from fundsite.pledges.service import HOLD, CheckoutUnavailable, gateway
from fundsite.pledges.settlement import apply

log = structlog.get_logger()


@dataclass(frozen=True)
class _Opened:
    """A session that stands in our rows, at Stripe too where its id is known."""

    order: CheckoutOrder
    session_id: str | None


def pay_again(pledge_id: int) -> str:
    """Return the address where a declined pledge is paid, or of its own page where there is nothing to pay.

    Raises CheckoutUnavailable while its card is being charged, and while Stripe cannot be asked.
    """
    opened = _written(pledge_id, opens=True)
    state = present_session(pledge_id, opened) if opened else None
    if state and state.status == "open" and state.url:
        return state.url
    pledge = db.session.get_one(Pledge, pledge_id)
    return access.private_url(pledge.reference, "thanks", pledge.locale, pledge.link_number)


def look_at_session(pledge_id: int) -> bool:
    """Ask Stripe how the session of a declined pledge stands and apply it; True while somebody can pay in it.

    Raises CheckoutUnavailable where Stripe does not answer.
    """
    opened = _written(pledge_id, opens=False)
    return opened is not None and present_session(pledge_id, opened).status == "open"


def _written(pledge_id: int, *, opens: bool) -> _Opened | None:
    """Return the session that stands in our rows, after writing one where there is none and `opens` says so."""
    now = clock.now()
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        if pledge.status != "declined":
            return None
        paying = unfinished(session, pledge, "checkout")
        if paying is None:
            if not opens:
                return None
            if unfinished(session, pledge, "saved_card") is not None:
                raise CheckoutUnavailable("the card is being charged")
            paying = new_payment(session, pledge, "checkout", pledge.total)
            pledge.checkout_session_id, pledge.hold_until = None, now + HOLD
        order = replace(checkout_order(pledge), attempt=paying.number)
        opened = _Opened(order, pledge.checkout_session_id)
    release()
    return opened


def present_session(pledge_id: int, opened: _Opened) -> CheckoutState:
    """Open the session or ask how it stands, and apply that; the same order finds the session whose reply was lost."""
    try:
        known = opened.session_id
        state = gateway().checkout(known) if known else gateway().open_checkout(opened.order)
        if known is None:
            state = gateway().checkout(state.id)  # the reply to a repeated order is that of the first
    except GatewayUnavailable as error:
        raise CheckoutUnavailable(str(error)) from error
    except GatewayRefused as error:
        log.warning("paying_again_refused", reference=opened.order.reference, reason=str(error))
        _give_up(pledge_id, opened)
        raise CheckoutUnavailable(str(error)) from error
    if state.status == "open":
        with transaction() as session:
            lifecycle.locked(session, pledge_id).checkout_session_id = state.id
    else:
        apply(state, f"stripe:{state.id}:{state.status}")
    return state


def _give_up(pledge_id: int, opened: _Opened) -> None:
    """Note that Stripe knows no such session: its time was over before it was opened."""
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        paying = unfinished(session, pledge, "checkout")
        if paying is not None and paying.number == opened.order.attempt:
            session_over(session, pledge)
