"""Opening a pledge's checkout session at Stripe. No transaction is open while Stripe is being asked."""

from contextlib import suppress
from dataclasses import replace

import structlog
from sqlalchemy import update

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import closing_day
from fundsite.db import db, release, transaction
from fundsite.i18n import gettext as _
from fundsite.i18n import speaking
from fundsite.labels import words
from fundsite.payments.gateway import CheckoutState, GatewayBusy, GatewayRefused, GatewayUnavailable
from fundsite.payments.orders import CheckoutOrder, CustomerOrder, OrderLine
from fundsite.pledges import access, lifecycle
from fundsite.pledges.consent import saving_consent
from fundsite.pledges.methods import days_to_pay, offered
from fundsite.pledges.models import Pledge
from fundsite.pledges.service import CheckoutUnavailable, gateway
from fundsite.rewards.models import Reward

log = structlog.get_logger()


def open_checkout(pledge: Pledge) -> CheckoutState:
    """Open the pledge's checkout session at Stripe, or find the one that is open already, and note its id.

    Safe to call twice: the idempotency key comes from the reference. When Stripe cannot be reached or refuses, the
    pledge is undone, its stock given back, and CheckoutUnavailable raised: nothing can have been charged, for
    nobody was ever given the address of that session. While another request is opening it, nothing is undone.
    """
    order = checkout_order(pledge)
    pledge_id, known, name = pledge.id, pledge.checkout_session_id, pledge.name
    release()
    try:
        state = gateway().checkout(known) if known else gateway().open_checkout(_known(order, pledge_id, name))
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("checkout_unavailable", reference=order.reference, reason=str(error))
        # Where another request is opening this very session, the pledge is that one's to keep or to undo.
        if known is None and not isinstance(error, GatewayBusy):
            _undo(pledge_id)
        raise CheckoutUnavailable(str(error)) from error
    if known is None:
        _note_session(pledge_id, state)
        if set(state.methods) != set(order.methods):
            log.warning("methods_not_offered", asked=list(order.methods), offered=list(state.methods))
    return state


def _known(order: CheckoutOrder, pledge_id: int, name: str) -> CheckoutOrder:
    """Make the payer known to Stripe where a transfer comes to an account of theirs, or a saved card will be theirs."""
    if order.customer_id or not (order.consent or "bank" in order.methods):
        return order
    customer_id = gateway().customer(CustomerOrder(order.reference, order.email, name, order.locale))
    with transaction() as session:
        session.execute(update(Pledge).where(Pledge.id == pledge_id).values(customer_id=customer_id))
    return replace(order, customer_id=customer_id)


def _note_session(pledge_id: int, state: CheckoutState) -> None:
    """Keep the session's id. One whose pledge was undone meanwhile is closed: nobody may pay for it."""
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        pledge.checkout_session_id = state.id
        undone = pledge.status == "canceled" and state.status == "open"
    if undone:
        with suppress(GatewayUnavailable, GatewayRefused):
            gateway().expire_checkout(state.id)
        raise CheckoutUnavailable("the pledge was undone meanwhile")


def _undo(pledge_id: int) -> None:
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        if pledge.checkout_session_id is None:
            lifecycle.move(session, pledge, "canceled", "checkout:unavailable", clock.now())


def checkout_order(pledge: Pledge) -> CheckoutOrder:
    """Return what a pledge is to be paid with; where it is paid later, what its card is saved for."""
    campaign = db.session.get_one(Campaign, pledge.campaign_id)
    reward = db.session.get_one(Reward, pledge.reward_id) if pledge.reward_id else None
    with speaking(pledge.locale):
        said = words(campaign.wording)
        lines = []
        if reward is not None:
            lines.append(OrderLine(f"{reward.code}: {reward.title}", pledge.unit_amount, pledge.quantity))
        if pledge.extra:
            lines.append(OrderLine(said.extra if reward else said.pledge, pledge.extra, 1))
        saves = campaign.funding == "all_or_nothing" and pledge.status == "pending"
        consent = saving_consent(campaign, pledge.total) if saves else ""
        description = _("%(title)s（受付番号 %(reference)s）") % {
            "title": campaign.title,
            "reference": pledge.reference,
        }
    monthly = campaign.funding == "monthly"
    return CheckoutOrder(
        reference=pledge.reference,
        currency=pledge.currency,
        lines=tuple(lines),
        email=pledge.email,
        locale=pledge.locale,
        description=description[:500],
        success_url=access.private_url(pledge.reference, "thanks", pledge.locale, pledge.link_number),
        cancel_url=access.private_url(pledge.reference, "left", pledge.locale, pledge.link_number),
        expires_at=pledge.hold_until,
        methods=offered(pledge.total, pledge.currency) if campaign.funding == "all_in" else ("card",),
        konbini_days=days_to_pay("konbini", pledge.created_at, closing_day(campaign)),
        customer_id=pledge.customer_id,
        monthly=monthly,
        consent=consent,
    )
