"""Money that comes later: the payer at the store, the code that ends, the transfer."""

from typing import Any

from fundsite.sandbox import cash, intents, konbini
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.doors.body import asked, intent_of
from fundsite.sandbox.errors import StripeError


def pay_at_store(box: Sandbox, name: str) -> JSON:
    """Pay a code at the counter; `store` is the chain (default: familymart)."""
    return konbini.pay(box, intent_of(box, name)["id"], asked("store").get("store", "familymart"))


def expire_code(box: Sandbox, name: str) -> JSON:
    """Let a code end now, as it does by itself when its time is over."""
    return konbini.lapse(box, intent_of(box, name)["id"])


def transfer(box: Sandbox, name: str) -> JSON:
    """Send money for a payment: `amount` (default: all that is missing), `reference`."""
    intent = intent_of(box, name)
    if not cash.is_waiting(intent):
        raise StripeError(400, f"This PaymentIntent waits for no transfer: its status is {intent['status']}.")
    given = asked("amount", "reference")
    amount = given.get("amount", intent["next_action"][cash.ACTION]["amount_remaining"])
    cash.fund(box, given | {"amount": amount, "currency": intent["currency"]}, intent["customer"])
    return box.need(intents.KIND, intent["id"])


def transfer_to(box: Sandbox, customer_id: str) -> JSON:
    """Send money to a customer's account, for no payment in particular: `amount`, `currency` (jpy), `reference`."""
    given = asked("amount", "currency", "reference")
    cash.fund(box, {"currency": "jpy"} | given, customer_id)
    return cash.balance(box, {}, customer_id)


DOORS: tuple[tuple[str, str, Any], ...] = (
    ("payments/<name>/pay-at-store", "POST", pay_at_store),
    ("payments/<name>/expire-code", "POST", expire_code),
    ("payments/<name>/transfer", "POST", transfer),
    ("customers/<customer_id>/transfer", "POST", transfer_to),
)
