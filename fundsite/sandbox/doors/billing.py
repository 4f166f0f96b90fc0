"""What befalls a subscription: its next period, and another card."""

from typing import Any

from fundsite.sandbox import jobs, methods
from fundsite.sandbox.billing import portal, renewals, subscriptions
from fundsite.sandbox.cards import Card, digits
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.doors.body import asked


def renew(box: Sandbox, subscription_id: str) -> JSON:
    """Go forward to the end of a subscription's period and an hour on, when its invoice is charged."""
    subscription = box.need(subscriptions.KIND, subscription_id)
    jobs.move_clock(box, subscriptions.period_end(subscription) + renewals.DRAFT_SECONDS + 1)
    box.remember("clock", {"ahead": box.clock.ahead})
    box.nudge.set()
    return box.need(subscriptions.KIND, subscription_id)


def set_card(box: Sandbox, subscription_id: str) -> JSON:
    """Change the card, as the subscriber does in the portal: `card` (a number)."""
    with box.store.transaction():
        subscription = box.need(subscriptions.KIND, subscription_id)
        method = methods.keep_card(box, Card(digits(asked("card").get("card", "4242424242424242"))), None)
        return portal.set_card(box, subscription, method)


DOORS: tuple[tuple[str, str, Any], ...] = (
    ("subscriptions/<subscription_id>/renew", "POST", renew),
    ("subscriptions/<subscription_id>/card", "POST", set_card),
)
