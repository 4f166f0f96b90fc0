"""What a monthly supporter does in the room, without a login: stop, and change the card."""

import structlog
from sqlalchemy import or_, select

from fundsite import clock
from fundsite.db import db, release, transaction
from fundsite.errors import FundsiteError
from fundsite.payments.gateway import GatewayRefused, GatewayUnavailable
from fundsite.pledges import access, lifecycle
from fundsite.pledges.models import Pledge
from fundsite.pledges.monthly.following import GOES_ON, follow
from fundsite.pledges.monthly.models import MonthlySupport
from fundsite.pledges.service import gateway
from fundsite.retries import retry_at

log = structlog.get_logger()


class NothingToStop(FundsiteError):
    """The pledge does not go on each month, or not any more; nothing was asked for."""


class PortalUnavailable(FundsiteError):
    """Stripe's page for the card cannot be had now."""


def stop(pledge_id: int) -> None:
    """Write down that the supporter stops, then tell Stripe; what Stripe does not hear now, the worker tells it.

    With a month that is paid it ends when that month does; where the last payment failed it ends at once, so that
    nothing is tried again. Asked for twice, it is one end. Raises NothingToStop where there is nothing to end.
    """
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        support = session.get(MonthlySupport, pledge_id)
        if pledge.status not in GOES_ON or pledge.subscription_id is None or support is None:
            raise NothingToStop(pledge.reference)
        if support.ends_at is None and support.cancel_asked_at is None:
            support.cancel_asked_at = clock.now()
            log.info("monthly_stop_asked", reference=pledge.reference)
    act_on_stop(pledge_id)


def act_on_stop(pledge_id: int) -> None:
    """Tell Stripe of a stop that was asked for. Safe to repeat; left for the worker if Stripe is away."""
    asked = select(Pledge.subscription_id, Pledge.reference)
    row = db.session.execute(asked.where(Pledge.id == pledge_id)).one()
    wanted = db.session.get_one(MonthlySupport, pledge_id).cancel_asked_at
    release()
    if wanted is None or row.subscription_id is None:
        return
    try:
        gateway().end_subscription(row.subscription_id, at_once=False)
        follow(row.subscription_id, "supporter:stopped")
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("monthly_stop_waits", reference=row.reference, reason=str(error))
        with transaction() as session:
            support = session.get_one(MonthlySupport, pledge_id)
            support.tries, support.next_try_at = support.tries + 1, retry_at(support.tries)


def stops_due(limit: int, *, everything: bool = False) -> list[int]:
    """Return the pledges whose stop Stripe has not heard of."""
    rows = select(MonthlySupport.pledge_id).where(MonthlySupport.cancel_asked_at.is_not(None))
    if not everything:
        now = clock.now()
        rows = rows.where(or_(MonthlySupport.next_try_at.is_(None), MonthlySupport.next_try_at <= now))
    found = list(db.session.scalars(rows.order_by(MonthlySupport.cancel_asked_at).limit(limit)))
    release()
    return found


def card_page(pledge: Pledge) -> str:
    """Return the address of Stripe's page for a new card; PortalUnavailable where there is none."""
    customer_id = pledge.customer_id
    if pledge.status not in GOES_ON or customer_id is None:
        raise PortalUnavailable(pledge.reference)
    locale = pledge.locale
    back = access.private_url(pledge.reference, "", locale, pledge.link_number)
    release()
    try:
        return gateway().portal_url(customer_id, back, locale)
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("portal_unavailable", reason=str(error))
        raise PortalUnavailable(str(error)) from error
