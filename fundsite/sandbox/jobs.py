"""What happens later by itself: kept as rows, done once, by whoever comes first after its time."""

from collections.abc import Callable

from fundsite.sandbox import charges, refunds, sessions
from fundsite.sandbox.core import Sandbox

JOBS: dict[str, Callable[[Sandbox, str], None]] = {
    "charge.settle": charges.settle,
    "refund.fail": refunds.fail,
    "refund.reference": refunds.give_reference,
    "refund.succeed": refunds.succeed,
    "session.expire": sessions.expire_when_due,
}


def run_due(box: Sandbox) -> None:
    """Do every job whose time has come, each in a transaction with the removal of its row."""
    sql = "SELECT seq, kind, object_id FROM jobs WHERE due_at <= ? ORDER BY due_at, seq"
    with box.store.transaction():
        for row in box.store.execute(sql, (box.clock.now(),)):
            box.store.execute("DELETE FROM jobs WHERE seq = ?", (row["seq"],))
            JOBS[row["kind"]](box, row["object_id"])
