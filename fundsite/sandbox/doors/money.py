"""Money that moves back or on: the dashboard's refunds, the bank's disputes, payouts."""

from typing import Any

from fundsite.sandbox import disputes, payouts, refund_moves, refunds
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.doors.body import asked, intent_of

MOVES = {"succeeded": refund_moves.succeed, "pending": refund_moves.take_account, "failed": refund_moves.fail}


def _charge_of(box: Sandbox, name: str) -> str:
    return name if box.store.get(name, "charge") else str(intent_of(box, name)["latest_charge"])


def refund(box: Sandbox, name: str) -> JSON:
    """Refund as from the dashboard: `amount` (default: all that is left), `reason`, `metadata`."""
    with box.store.transaction():
        return refunds.create(box, {"charge": _charge_of(box, name), **asked("amount", "reason", "metadata")})


def move_refund(box: Sandbox, refund_id: str) -> JSON:
    """Move a refund on, to `status` pending (an account was named), succeeded (default) or failed (`reason`)."""
    given = asked("status", "reason")
    status = given.get("status", "succeeded")
    if status not in MOVES:
        raise ValueError(f"A refund can be moved to: {', '.join(MOVES)}.")
    more = {"reason": given["reason"]} if status == "failed" and "reason" in given else {}
    with box.store.transaction():
        moved: JSON = MOVES[status](box, refund_id, **more)
        return moved


def dispute(box: Sandbox, name: str) -> JSON:
    """Have the payer's bank dispute a card payment: `amount` (default: all that is left), `reason` (fraudulent)."""
    with box.store.transaction():
        return disputes.begin(box, _charge_of(box, name), **asked("amount", "reason"))


def close_dispute(box: Sandbox, dispute_id: str) -> JSON:
    """Have the bank decide a dispute: `outcome` won or lost."""
    outcome = asked("outcome").get("outcome")
    if outcome not in ("won", "lost"):
        raise ValueError("A dispute's outcome is won or lost.")
    with box.store.transaction():
        return disputes.close(box, dispute_id, won=outcome == "won")


def pay_out(box: Sandbox) -> JSON:
    """Pay out what is available: `currency` (jpy), `everything` (false; true does not wait for the days to pass)."""
    given = asked("currency", "everything")
    return payouts.pay_out(box, given.get("currency", "jpy"), everything=bool(given.get("everything")))


DOORS: tuple[tuple[str, str, Any], ...] = (
    ("payments/<name>/refund", "POST", refund),
    ("payments/<name>/dispute", "POST", dispute),
    ("refunds/<refund_id>", "POST", move_refund),
    ("disputes/<dispute_id>/close", "POST", close_dispute),
    ("payouts", "POST", pay_out),
)
