"""Paying in cash at a convenience store: a code for each chain, good until the end of a day in Japan."""

import secrets
from datetime import UTC, datetime, timedelta, timezone

from fundsite.sandbox import delayed, intents
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import StripeError

CHAINS = ("familymart", "lawson", "ministop", "seicomart")
JST = timezone(timedelta(hours=9))
USUAL_DAYS = 3


def begin(box: Sandbox, session: JSON, intent: JSON) -> JSON:
    """Hand out the codes, and arrange for the day on which they end."""
    days = ((session["payment_method_options"] or {}).get("konbini") or {}).get("expires_after_days") or USUAL_DAYS
    until = last_second(box.clock.now(), days)
    number = f"{secrets.randbelow(10**11):011}"
    codes = {
        chain: {"confirmation_number": number, "payment_code": f"{secrets.randbelow(10**6):06}"} for chain in CHAINS
    }
    page = session["url"].replace("/c/pay/", "/konbini/voucher/")
    details = {"expires_at": until, "hosted_voucher_url": page, "stores": codes}
    box.later(until + 1 - box.clock.now(), "konbini.expire", intent["id"])
    return intents.wait(box, intent, {"type": "konbini_display_details", "konbini_display_details": details})


def last_second(now: float, days: int) -> int:
    """Return 23:59:59 in Japan so many days after today."""
    day = datetime.fromtimestamp(now, UTC).astimezone(JST) + timedelta(days=days)
    return int(day.replace(hour=23, minute=59, second=59, microsecond=0).timestamp())


def pay(box: Sandbox, intent_id: str, chain: str) -> JSON:
    """Pay at the counter; refuse a code that is paid, has ended or never was."""
    if chain not in CHAINS:
        raise StripeError(400, f"There is no such store: {chain}. Choose one of {', '.join(CHAINS)}.", param="store")
    with box.store.transaction():
        return delayed.arrived(box, _waiting(box, intent_id), {"store": {"chain": chain}})


def lapse(box: Sandbox, intent_id: str) -> JSON:
    """Let the code end before its time."""
    with box.store.transaction():
        return delayed.lapsed(box, _waiting(box, intent_id))


def expire_when_due(box: Sandbox, intent_id: str) -> None:
    """End a code whose time is over, unless it was paid or canceled before."""
    if is_waiting(intent := box.need(intents.KIND, intent_id)):
        delayed.lapsed(box, intent)


def is_waiting(intent: JSON) -> bool:
    return bool(intent["status"] == "requires_action" and "konbini_display_details" in intent["next_action"])


def _waiting(box: Sandbox, intent_id: str) -> JSON:
    intent = box.need(intents.KIND, intent_id)
    if not is_waiting(intent):
        raise StripeError(400, f"This PaymentIntent waits for no store: its status is {intent['status']}.")
    return intent
