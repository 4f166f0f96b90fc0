"""The worker: everything that happens without a visitor."""

import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from types import FrameType

import structlog
from flask import Flask

from fundsite import clock, mail
from fundsite.fulfilment.backer_index import keep_index
from fundsite.fulfilment.export_work import make_exports
from fundsite.fulfilment.obligations import keep_obligations
from fundsite.fulfilment.promise_notices import watch_promises
from fundsite.payments.gateway import GatewayUnavailable
from fundsite.pledges.decline_alarm import watch_declines
from fundsite.pledges.open_checkouts import forget_visitors
from fundsite.pledges.promised.ending import end_campaigns
from fundsite.pledges.reconcile import lately, reconcile
from fundsite.pledges.sweep import sweep
from fundsite.receipts.runs import issue_asked
from fundsite.supporters.retention import erase_old_addresses
from fundsite.updates.milestones import note_milestones
from fundsite.updates.publishing import publish_due

log = structlog.get_logger()

PAUSE_SECONDS = 1.0
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def run_once(app: Flask) -> None:
    """Do all that is due, then return: open pledges, ended campaigns, planned reports, milestones, then mail."""
    stripe = (lambda: sweep(everything=True), lambda: end_campaigns(everything=True), lambda: reconcile(lately()))
    hourly, asked = (forget_visitors, erase_old_addresses, keep_index, watch_promises), (make_exports, issue_asked)
    for job in (*stripe, keep_obligations, *hourly, *asked, watch_declines, publish_due, note_milestones):
        _done(app, job)
    while _done(app, mail.deliver_due):
        pass


def run(app: Flask) -> None:
    """Do what is due until told to stop; what is being sent is finished first."""
    stop = threading.Event()

    def stopped(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stopped)
    jobs = _jobs()
    while not stop.is_set():
        busy = sum(_done(app, job) for job in jobs)
        if not busy:
            stop.wait(PAUSE_SECONDS)


def _jobs() -> tuple[Callable[[], object], ...]:
    """Return what a round does. Mail goes on when Stripe is away, and the other way round."""
    hourly = (lambda: reconcile(lately()), forget_visitors, erase_old_addresses, keep_index, watch_promises)
    minutely = (watch_declines, keep_obligations)
    seldom = (*(_Every(HOUR, job) for job in hourly), *(_Every(MINUTE, job) for job in minutely))
    return (sweep, end_campaigns, publish_due, *seldom, note_milestones, make_exports, issue_asked, mail.deliver_due)


class _Every:
    """Something that is done now and then, and at the first round."""

    def __init__(self, pause: timedelta, job: Callable[[], object]) -> None:
        self._pause, self._job, self._next = pause, job, clock.now()

    def __call__(self) -> int:
        if clock.now() >= self._next:
            self._next = clock.now() + self._pause
            self._job()
        return 0


def _done(app: Flask, job: Callable[[], object]) -> int:
    """Do one thing of a round; what fails is logged and done again in the next. Only mail asks for another at once."""
    try:
        with app.app_context():
            done = job()
    except GatewayUnavailable as error:
        log.warning("stripe_away", reason=str(error))
        return 0
    except Exception as error:
        log.exception("worker_round_failed", kind=type(error).__name__)
        return 0
    return int(job is mail.deliver_due and bool(done))
