"""Ten thousand readers are told of a report while the worker is killed five times: each once, none twice."""

import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import insert, select

from fundsite import clock
from fundsite.app import create_app
from fundsite.db import transaction
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Pledge
from support.databases import on_sqlite
from support.factories import Factory
from support.reports import start
from support.running import environment_of
from support.sink import Sink
from support.site import TestSite
from support.waiting import wait_until

READERS, KILLS = 10_000, 5
PATIENCE = 300  # seconds; a machine that does nothing else needs a fraction

pytestmark = [pytest.mark.journey, on_sqlite]


def pledges(campaign):
    now = clock.now()
    for number in range(READERS):
        yield {
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


@pytest.fixture
def crowd(database, tmp_path):
    """A site with ten thousand backers before a fast SMTP server, and the settings of its worker."""
    with Sink() as sink:
        settings = TestSite.settings(database.url, "http://127.0.0.1:9", sink.port, tmp_path)
        site = TestSite(create_app(settings), "", sink, "")
        make = Factory(site)
        campaign = make.campaign()
        with site.inside(), transaction() as session:
            session.execute(insert(Pledge), list(pledges(campaign)))
        yield site, sink, make.update(campaign, audience="backers"), environment_of(settings)
        site.close()


@contextmanager
def worker(environment):
    """Let a worker run; kill it at the end of the block."""
    command = [sys.executable, "-m", "fundsite", "worker"]
    running = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.kill()
        running.wait()


def is_over(site):
    return not site.rows(select(OutboxMail.id).where(OutboxMail.status == "queued").limit(1))


def test_each_of_ten_thousand_gets_one_mail_though_the_worker_is_killed_five_times(crowd):
    site, sink, update, environment = crowd
    assert start(site, update) == READERS
    for kill in range(1, KILLS + 1):
        some = kill * READERS // (KILLS + 1)
        with worker(environment):
            wait_until(partial(sink.has, some), f"{some} mails arrived", seconds=PATIENCE, pause=0.003)
    with worker(environment):
        wait_until(partial(is_over, site), "nothing was left to send", seconds=PATIENCE, pause=0.5)
    got = Counter(recipient for recipient, _message_id in sink.taken)
    assert (len(got), max(got.values())) == (READERS, 1)
    assert site.rows(select(OutboxMail.status).distinct()) == [("sent",)]
