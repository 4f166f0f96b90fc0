"""From a confirmed form to the address where the supporter goes next."""

from contextlib import suppress

from fundsite.db import db
from fundsite.payments.gateway import GatewayRefused, GatewayUnavailable
from fundsite.pledges import access
from fundsite.pledges.models import Pledge
from fundsite.pledges.opening import open_checkout
from fundsite.pledges.service import PledgeOrder, Superseded, find_by_attempt, start_pledge
from fundsite.pledges.settlement import apply, leave
from fundsite.rewards.models import Reward


def begin_checkout(order: PledgeOrder) -> str:
    """Start the pledge, or find the one that this attempt started, and return where the supporter goes next.

    One attempt is one charge however often it is confirmed: a pledge that is paid leads to its thanks, one that is
    pending to its own checkout session. A changed order closes the earlier session before the new one opens.
    Raises what start_pledge and open_checkout raise.
    """
    try:
        pledge = start_pledge(order)
    except Superseded as superseded:
        leave(db.session.get_one(Pledge, superseded.pledge_id))
        pledge = start_pledge(order)
    return resume_checkout(pledge)


def is_begun(order: PledgeOrder, reward: Reward | None) -> bool:
    """Whether the pledge that this order asks for exists already, so that confirming it makes nothing new."""
    pledge = find_by_attempt(order.attempt)
    if pledge is None or pledge.status in {"expired", "canceled"}:
        return False
    return pledge.status != "pending" or order.same_as(pledge, reward)


def resume_checkout(pledge: Pledge) -> str:
    """Return the address of the pledge's open checkout session, or of its thanks page once there is none."""
    thanks = access.private_url(pledge.reference, "thanks", pledge.locale, pledge.link_number)
    if pledge.status != "pending":
        return thanks
    pledge_id = pledge.id
    state = open_checkout(pledge)
    if state.status == "open" and state.url:
        return state.url
    with suppress(GatewayUnavailable, GatewayRefused):  # the thanks page asks again
        apply(state, f"stripe:{state.id}:{state.status}")
    fresh = db.session.get_one(Pledge, pledge_id)
    return access.private_url(fresh.reference, "thanks", fresh.locale, fresh.link_number)
