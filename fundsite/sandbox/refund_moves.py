"""What becomes of a refund after it was made: it arrives, it comes back, it is called off."""

from fundsite.sandbox import cash, ledger
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.events import emit
from fundsite.sandbox.refunds import KIND, OPEN, given_back, updated


def give_reference(box: Sandbox, refund_id: str) -> None:
    """Name the refund as the bank does later; nothing else changes."""
    refund = box.need(KIND, refund_id)
    if refund["status"] == "succeeded":
        details = {"reference": refund_id[-12:], "reference_status": "available", "type": "refund"}
        updated(box, refund, {"destination_details": {"card": details, "type": "card"}})


def succeed(box: Sandbox, refund_id: str) -> JSON:
    """Let a refund arrive that was on its way; another one stays as it is."""
    refund = box.need(KIND, refund_id)
    if refund["status"] not in OPEN:
        return refund
    return updated(box, refund, {"status": "succeeded", "pending_reason": None, "next_action": None})


def take_account(box: Sandbox, refund_id: str) -> JSON:
    """Let the payer say which account the money is to go to."""
    refund = box.need(KIND, refund_id)
    if refund["status"] != "requires_action":
        raise StripeError(400, f"This refund asks for nothing: its status is {refund['status']}.")
    return updated(box, refund, {"status": "pending", "pending_reason": "processing", "next_action": None})


def fail(box: Sandbox, refund_id: str, reason: str = "expired_or_canceled_card") -> JSON:
    """Let a refund come back that had looked done: the money is on the account again."""
    refund = box.need(KIND, refund_id)
    if refund["status"] in ("failed", "canceled"):
        return refund
    after = _undone(box, refund, {"status": "failed", "failure_reason": reason})
    emit(box, "refund.failed", after)
    return after


def lapse(box: Sandbox, refund_id: str) -> None:
    """End a refund for which nobody named an account."""
    if box.need(KIND, refund_id)["status"] == "requires_action":
        fail(box, refund_id, "unknown")


def expire(box: Sandbox, _params: JSON, refund_id: str) -> JSON:
    """End a refund that waits for an account before its time, as Stripe's test helper does."""
    if box.need(KIND, refund_id, param="refund")["status"] != "requires_action":
        message = "Only refunds with a status of `requires_action` can be expired."
        raise StripeError(400, message, kept=True)
    return fail(box, refund_id, "unknown")


def cancel(box: Sandbox, _params: JSON, refund_id: str) -> JSON:
    """Call off a refund that waits for an account; refuse any other."""
    refund = box.need(KIND, refund_id, param="refund")
    if refund["status"] != "requires_action":
        message = f"You cannot cancel this refund: its status is {refund['status']}."
        raise StripeError(400, message, kept=True)
    return _undone(box, refund, {"status": "canceled", "failure_reason": "merchant_request"})


def _undone(box: Sandbox, refund: JSON, news: JSON) -> JSON:
    """Take the money back: to the account for a charge's refund, to the customer's balance for one of a balance."""
    news |= {"next_action": None, "pending_reason": None}
    if refund["charge"] is None:
        cash.move(box, refund["customer"], refund["currency"], refund["amount"], return_canceled=None)
        return updated(box, refund, news)
    returned = ledger.book(box, refund, "refund_failure", refund["amount"])
    after = updated(box, refund, news | {"failure_balance_transaction": returned["id"]})
    given_back(box, box.need("charge", refund["charge"]), -refund["amount"])
    return after
