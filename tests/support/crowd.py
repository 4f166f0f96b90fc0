"""Many readers of one report, and a worker that is killed while it tells them."""

import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from functools import partial

from sqlalchemy import insert, select

from fundsite import clock
from fundsite.app import create_app
from fundsite.db import transaction
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Pledge
from support.factories import Factory
from support.reports import start
from support.running import environment_of
from support.site import TestSite
from support.waiting import wait_until

PATIENCE = 600  # seconds; a machine that does nothing else needs a fraction


class Crowd:
    """A site whose one report is for so many backers, before an SMTP server that keeps who got what."""

    def __init__(self, database_url, folder, sink, readers):
        self.sink, self.readers = sink, readers
        settings = TestSite.settings(database_url, "http://127.0.0.1:9", sink.port, folder)
        self.environment = environment_of(settings)
        self.site = TestSite(create_app(settings), "", sink, "")
        make = Factory(self.site)
        campaign = make.campaign()
        with self.site.inside(), transaction() as session:
            session.execute(insert(Pledge), [_pledge(campaign, number) for number in range(readers)])
        self.update = make.update(campaign, audience="backers")

    def begin(self):
        """Put a mail to each reader into the outbox; return how many."""
        return start(self.site, self.update)

    def tell(self, kills=0):
        """Let the worker tell everybody, and kill it so often meanwhile."""
        for kill in range(1, kills + 1):
            some = kill * self.readers // (kills + 1)
            with self.worker():
                wait_until(partial(self.sink.has, some), f"{some} mails arrived", seconds=PATIENCE, pause=0.003)
        with self.worker():
            wait_until(self.is_over, "nothing was left to send", seconds=PATIENCE, pause=0.5)

    @contextmanager
    def worker(self):
        """Let a worker run; kill it at the end of the block."""
        command = [sys.executable, "-m", "fundsite", "worker"]
        nothing = subprocess.DEVNULL
        running = subprocess.Popen(command, env=self.environment, stderr=nothing, stdout=nothing)
        try:
            yield
        finally:
            running.kill()
            running.wait()

    def is_over(self):
        return not self.site.rows(select(OutboxMail.id).where(OutboxMail.status == "queued").limit(1))

    def told(self):
        """Return how many people got mail, and how many mails one of them got at most."""
        got = Counter(recipient for recipient, _message_id in self.sink.taken)
        return len(got), max(got.values())

    def statuses(self):
        return {row[0] for row in self.site.rows(select(OutboxMail.status).distinct())}


def _pledge(campaign, number):
    now = clock.now()
    return {
        "reference": f"MANY-{number:05}",
        "attempt": f"many-{number}",
        "token_hash": f"many-{number}",
        "campaign_id": campaign.id,
        "status": "paid",
        "currency": "JPY",
        "unit_amount": 0,
        "quantity": 0,
        "extra": 3_000,
        "total": 3_000,
        "email": f"reader{number}@example.jp",
        "name": "読者",
        "created_at": now,
        "hold_until": now,
        "next_look_at": now,
        "paid_at": now,
        "counted_at": now,
        "counted": True,
    }
