"""A server process whose parent was killed stops too.

The parent's port is shared: an orphan would go on answering a part of the visitors, with old code, beside the server
that is started next.
"""

import os
import threading
import time

PARENT = "FUNDSITE_SERVER_PID"
LOOK_SECONDS = 0.5


def mark_parent() -> None:
    """Tell the processes that this one will start whose children they are."""
    os.environ[PARENT] = str(os.getpid())


def end_with_parent() -> None:
    """End this process soon after its parent, where that is a server that marked itself; otherwise do nothing."""
    parent = os.getppid()
    if os.environ.get(PARENT) == str(parent):
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
