"""What happens later by itself: kept as rows, done once, by whoever comes first after its time."""

from collections.abc import Callable
from sqlite3 import Row

from fundsite.sandbox import charges, disputes, konbini, ledger, payouts, refund_moves, sessions
from fundsite.sandbox.billing import renewals
from fundsite.sandbox.core import Sandbox

JOBS: dict[str, Callable[[Sandbox, str], object]] = {
    "balance.ripen": ledger.ripen,
    "charge.dispute": disputes.begin_when_due,
    "charge.settle": charges.settle,
    "invoice.finalize": renewals.finalize,
    "invoice.retry": renewals.retry,
    "konbini.expire": konbini.expire_when_due,
    "payout.arrive": payouts.arrive,
    "refund.fail": refund_moves.fail,
    "refund.lapse": refund_moves.lapse,
    "refund.reference": refund_moves.give_reference,
    "refund.succeed": refund_moves.succeed,
    "session.expire": sessions.expire_when_due,
    "subscription.renew": renewals.renew,
}

DUE = "SELECT seq, kind, due_at, object_id FROM jobs WHERE due_at <= ? ORDER BY due_at, seq"


def run_due(box: Sandbox) -> None:
    """Do every job whose time has come, each in a transaction with the removal of its row."""
    with box.store.transaction():
        for row in box.store.execute(DUE, (box.clock.now(),)):
            _do(box, row)


def _do(box: Sandbox, row: Row) -> None:
    box.store.execute("DELETE FROM jobs WHERE seq = ?", (row["seq"],))
    JOBS[row["kind"]](box, row["object_id"])


def move_clock(box: Sandbox, target: float) -> None:
    """Set the clock to a later time, stopping on the way wherever something is due, so that it happens at its time."""
    while rows := box.store.execute(f"{DUE} LIMIT 1", (target,)):
        with box.store.transaction():
            box.clock.set(max(rows[0]["due_at"], box.clock.now()))
            for row in box.store.execute(f"{DUE} LIMIT 1", (box.clock.now(),)):
                _do(box, row)
    box.clock.set(max(target, box.clock.now()))
