"""Webhook deliveries: one row each, so that what was not delivered before a crash is delivered after it."""

import time
from dataclasses import dataclass

from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.faults import Fate


@dataclass(frozen=True)
class Delivery:
    seq: int
    event_id: str
    attempts: int
    created: float


def queue(box: Sandbox, event: JSON, *, faithfully: bool = False) -> None:
    """Queue an event's webhook, unless there is no one to tell. Faults strike here, except on a resend."""
    if box.config.webhook_url is None:
        return
    fate = Fate() if faithfully else box.faults.fate(event["type"])
    now = time.time()
    status = ("held" if fate.held else "pending") if fate.copies else "lost"
    row = (event["id"], status, now, now + fate.delay)
    sql = "INSERT INTO deliveries (event_id, status, attempts, created, next_at) VALUES (?, ?, 0, ?, ?)"
    for _ in range(max(fate.copies, 1)):
        box.store.execute(sql, row)
    box.nudge.set()


def due(box: Sandbox) -> list[Delivery]:
    """Return the deliveries whose next attempt should be made now."""
    sql = "SELECT seq, event_id, attempts, created FROM deliveries WHERE status IN ('pending', 'held')"
    sql += " AND next_at <= ?"
    return [Delivery(**dict(row)) for row in box.store.execute(sql, (time.time(),))]


def settle(box: Sandbox, delivery: Delivery, status: int | None, error: str | None) -> None:
    """Write down how an attempt ended: delivered, to be tried again with a longer pause, or given up."""
    now, config = time.time(), box.config
    attempts = delivery.attempts + 1
    pause = min(config.retry_first * 2 ** min(delivery.attempts, 30), config.retry_cap)
    outcome = "pending"
    if status is not None and 200 <= status < 300:  # noqa: PLR2004 -- the 2xx family
        outcome = "delivered"
    elif now + pause > delivery.created + config.give_up_after:
        outcome = "failed"
    sql = "UPDATE deliveries SET status = ?, attempts = ?, next_at = ?, last_status = ?, last_error = ? WHERE seq = ?"
    with box.store.transaction():
        box.store.execute(sql, (outcome, attempts, now + pause, status, error, delivery.seq))
        if outcome == "delivered":
            _noted(box, delivery.event_id)
            overtaken = "UPDATE deliveries SET next_at = ? WHERE status = 'held' AND seq < ?"
            box.store.execute(overtaken, (now, delivery.seq))


def _noted(box: Sandbox, event_id: str) -> None:
    event = box.store.get(event_id)
    if event and event["pending_webhooks"]:
        box.store.save(event | {"pending_webhooks": 0})


def listing(box: Sandbox, status: str | None) -> list[JSON]:
    """Return every delivery with its event's type, oldest first."""
    sql = (
        "SELECT deliveries.*, json_extract(objects.body, '$.type') AS type FROM deliveries"
        " JOIN objects ON objects.id = event_id WHERE ?1 IS NULL OR status = ?1 ORDER BY deliveries.seq"
    )
    return [dict(row) for row in box.store.execute(sql, (status,))]
