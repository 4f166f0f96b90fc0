"""Waiting for a condition, never for luck."""

import time


def wait_until(condition, what, *, seconds=20.0, pause=0.05):
    """Return what `condition` returns once that is true; fail, saying `what` was awaited, when time is up."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s in vain: {what}")
        time.sleep(pause)
