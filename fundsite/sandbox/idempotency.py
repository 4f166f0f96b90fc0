"""Idempotency keys: the first reply to a request is the reply to each repetition of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import StripeError

LIFETIME = 24 * 3600
LONGEST = 255


@dataclass(frozen=True)
class Reply:
    """What goes over the wire. A replayed one names the request that it first answered."""

    status: int
    body: str
    replay_of: str | None = None


@contextmanager
def claimed(box: Sandbox, key: str | None) -> Iterator[None]:
    """Hold a key while its request is being worked on; a second request with it is refused meanwhile.

    The hold is in memory only: after a crash nobody holds anything, and what was committed keeps its reply.
    """
    if key is None:
        yield
        return
    if len(key) > LONGEST:
        raise StripeError(
            400, f"Idempotency keys must be at most {LONGEST} characters.", kind="idempotency_error"
        )
    with box.keys_lock:
        if key in box.keys_in_use:
            message = (
                "There is currently another in-progress request using this Stripe API idempotency key "
                f"({key}). Please try again later."
            )
            raise StripeError(409, message, kind="idempotency_error", code="idempotency_key_in_use")
        box.keys_in_use.add(key)
    try:
        yield
    finally:
        with box.keys_lock:
            box.keys_in_use.discard(key)


def recall(box: Sandbox, key: str | None, fingerprint: str) -> Reply | None:
    """Return the kept reply of a key, if any; refuse one that was first used for something else."""
    box.store.execute("DELETE FROM replies WHERE created < ?", (time.time() - LIFETIME,))
    rows = box.store.execute("SELECT * FROM replies WHERE key = ?", (key,)) if key else []
    if not rows:
        return None
    if rows[0]["fingerprint"] != fingerprint:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used "
            f"with. Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise StripeError(400, message, kind="idempotency_error")
    return Reply(rows[0]["status"], rows[0]["body"], rows[0]["request_id"])


def keep(box: Sandbox, key: str | None, fingerprint: str, reply: Reply, request_id: str) -> Reply:
    """Remember a reply under its key, in the transaction that made it true."""
    if key is not None:
        sql = "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?)"
        box.store.execute(sql, (key, fingerprint, reply.status, reply.body, request_id, time.time()))
    return replace(reply, replay_of=None)
