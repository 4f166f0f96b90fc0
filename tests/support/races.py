"""Several at once, as several processes would: each in a thread with a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from fundsite.db import db


def at_once(site, count, action, refusal):
    """Call `action(number)` from `count` threads at the same moment; return 0 for each that worked, 1 for refused."""
    gate = Barrier(count)

    def one(number):
        with site.inside():
            gate.wait()
            try:
                action(number)
            except refusal:
                return 1
            finally:
                db.session.remove()
            return 0

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))
