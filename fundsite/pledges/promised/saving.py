"""All-or-Nothing: a card is saved now, to be charged once if the goal is reached; or its owner withdraws."""

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.campaigns.closing import locked_campaign
from fundsite.db import db, release, transaction
from fundsite.errors import FundsiteError
from fundsite.payments.gateway import CheckoutState, GatewayRefused, GatewayUnavailable
from fundsite.pledges import lifecycle
from fundsite.pledges.models import CARD_OVER, Pledge
from fundsite.pledges.service import gateway
from fundsite.retries import LONGEST_RETRY

log = structlog.get_logger()


class TooLate(FundsiteError):
    """The campaign has ended, or the pledge is none that can be withdrawn; nothing changed."""


def card_saved(session: Session, pledge: Pledge, state: CheckoutState, cause: str) -> None:
    """Keep a card that was saved, within the caller's transaction: the pledge is promised from here on.

    One that comes after the reward was given back takes it again if some is left. After the goal was missed, or where
    nothing is left, nothing is promised, and the card is taken from Stripe. What was promised once, and then withdrawn
    or released, is never promised again.
    """
    if pledge.status not in {"pending", "expired", "canceled"} or pledge.counted_at is not None:
        return
    campaign = locked_campaign(session, pledge.campaign_id)
    now, pledge.saved_card_id = clock.now(), state.saved_card_id
    pledge.customer_id, pledge.method = state.customer_id or pledge.customer_id, "card"
    pledge.next_look_at = now
    to_status = "promised"
    if campaign.closed_at is not None and not campaign.closed_reached:
        to_status = "uncharged"
    elif pledge.status == "canceled" or not lifecycle.take_stock(session, pledge):
        return
    lifecycle.move(session, pledge, to_status, cause, now)


def withdraw(pledge_id: int) -> None:
    """Withdraw a promise: the stock is given back and nothing will be charged. Allowed until the campaign ends.

    Raises TooLate. The campaign's row is locked, so that nobody withdraws what the end has counted.
    """
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        campaign = locked_campaign(session, pledge.campaign_id)
        if pledge.status == "canceled":
            return
        ended = campaign.closed_at is not None or (campaign.ends_at is not None and campaign.ends_at <= clock.now())
        if ended or pledge.status != "promised":
            raise TooLate(pledge.reference)
        lifecycle.move(session, pledge, "canceled", "supporter:withdrew", clock.now())
    forget_card(pledge_id)


def cards_to_forget(limit: int) -> list[int]:
    """Return the pledges whose saved card is of no use any more."""
    rows = select(Pledge.id).where(text(CARD_OVER), Pledge.next_look_at <= clock.now())
    found = list(db.session.scalars(rows.order_by(Pledge.next_look_at).limit(limit)))
    release()
    return found


def forget_card(pledge_id: int) -> None:
    """Take a card of no use from Stripe; one that is gone already is forgotten here too, and an outage waits."""
    card = db.session.get_one(Pledge, pledge_id).saved_card_id
    release()
    if card is None:
        return
    gone = True
    try:
        gateway().forget_card(card)
    except GatewayRefused as error:
        log.info("card_gone_already", reason=str(error))
    except GatewayUnavailable as error:
        log.warning("card_not_forgotten", reason=str(error))
        gone = False
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        pledge.next_look_at = clock.now() + LONGEST_RETRY
        if gone:
            pledge.saved_card_id = None
