"""Pledges that wait for a store or a transfer: how they begin to, and how that ends without money.

Inside the caller's transaction, on a locked pledge.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fundsite import clock, mail
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import closing_day
from fundsite.db import JsonObject
from fundsite.payments.gateway import PaymentState, Voucher
from fundsite.pledges import lifecycle
from fundsite.pledges.methods import JAPAN, end_of, last_day, remind_at
from fundsite.pledges.models import Pledge
from fundsite.pledges.transfers.rest import expect_rest

REMINDER = "pledge_reminder"
GAVE_UP = "gave_up"


def follow(session: Session, pledge: Pledge, state: PaymentState, *, was_waiting: bool) -> None:
    """Bring a pledge to what its awaited payment says.

    Stripe says the same of a payment whose code has run out and of one for which none was given out yet: only who knew
    that the pledge was waiting before they asked (`was_waiting`) can tell.
    """
    if pledge.method == "bank" and state.status != "waiting":
        expect_rest(session, pledge)
    if state.status == "waiting" and state.voucher:
        _await(session, pledge, state.id, state.voucher)
    elif pledge.status == "waiting" and state.status == "canceled":
        gave_up = (pledge.voucher or {}).get(GAVE_UP)
        to_status = "canceled" if gave_up else "expired"
        lifecycle.move(session, pledge, to_status, gave_up or f"lapsed:{state.id}", clock.now())
    elif pledge.status == "waiting" and state.status == "open" and was_waiting:
        lifecycle.move(session, pledge, "expired", f"lapsed:{state.id}", clock.now())


def _await(session: Session, pledge: Pledge, intent_id: str, voucher: Voucher) -> None:
    if pledge.status == "pending":
        now = clock.now()
        campaign = session.get_one(Campaign, pledge.campaign_id)
        pledge.method = voucher.method
        pledge.hold_until = voucher.expires_at or _last_moment(pledge, campaign, now)
        pledge.voucher = _kept(voucher, now)
        lifecycle.move(session, pledge, "waiting", f"waiting:{intent_id}", clock.now())
    elif pledge.status == "waiting" and pledge.voucher is not None:
        pledge.voucher = {**pledge.voucher, **_kept(voucher, datetime.fromisoformat(pledge.voucher["given_at"]))}


def _last_moment(pledge: Pledge, campaign: Campaign, now: datetime) -> datetime:
    """Return until when a transfer is awaited: as the order page said, or tomorrow where we heard of it late."""
    tomorrow = clock.local_day(now, JAPAN) + timedelta(days=1)
    return end_of(max(last_day("bank", pledge.created_at, closing_day(campaign)), tomorrow))


def _kept(voucher: Voucher, given_at: datetime) -> JsonObject:
    return {
        "method": voucher.method,
        "url": voucher.url,
        "missing": voucher.missing,
        "lines": [list(line) for line in voucher.lines],
        "given_at": given_at.isoformat(),
    }


def note_giving_up(session: Session, pledge: Pledge, cause: str) -> None:
    """Write down who gives an awaited payment up, before Stripe ends it: its own news of that may come first."""
    if pledge.status == "waiting" and pledge.voucher is not None:
        pledge.voucher = {**pledge.voucher, GAVE_UP: cause}
        session.flush()


def reminder_due(pledge: Pledge) -> datetime | None:
    """Return when the supporter is to be reminded; None for a pledge that does not wait."""
    if pledge.status != "waiting" or pledge.voucher is None:
        return None
    return remind_at(pledge.hold_until, datetime.fromisoformat(pledge.voucher["given_at"]))


def remind(session: Session, pledge: Pledge) -> None:
    """Announce the reminder if its time has come: once, whatever happens to the deadline."""
    due, now = reminder_due(pledge), clock.now()
    if due is None or not due <= now < pledge.hold_until or not pledge.email or pledge.voucher is None:
        return
    if not mail.announced(session, REMINDER, pledge.id):
        mail.announce(session, REMINDER, pledge.id, pledge.email, pledge.locale)
