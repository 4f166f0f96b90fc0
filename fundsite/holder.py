"""Who holds a piece of work, and whether they are still alive.

A worker that is killed leaves its leases behind. On the same machine its death can be seen at once,
so nothing waits for a lease to run out; from another machine only time tells.
"""

import os
import socket
from functools import cache
from pathlib import Path


def _started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks, so that a reused number is not taken for it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


@cache
def _machine() -> str:
    return socket.gethostname().replace("/", "-")


def me() -> str:
    """Return the name of this process, unlike that of any other, past ones included."""
    return _named(os.getpid())


@cache
def _named(pid: int) -> str:
    return f"{_machine()}/{pid}/{_started(pid)}"


def is_dead(holder: str) -> bool:
    """Whether `holder` ran on this machine and runs no longer. False where that cannot be seen from here."""
    machine, _, rest = holder.partition("/")
    pid, _, started = rest.partition("/")
    if machine != _machine() or not pid.isdigit():
        return False
    if started:
        return _started(int(pid)) != started
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
