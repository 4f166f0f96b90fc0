"""The worker: everything that happens without a visitor."""

import signal
import threading
from types import FrameType

import structlog
from flask import Flask

from fundsite import mail
from fundsite.pledges.sweep import sweep
from fundsite.updates.milestones import note_milestones
from fundsite.updates.publishing import publish_due

log = structlog.get_logger()

PAUSE_SECONDS = 1.0


def run_once(app: Flask) -> None:
    """Do all that is due, then return: pledges that Stripe knows more about, planned reports, milestones, then mail."""
    with app.app_context():
        sweep(everything=True)
        publish_due()
        note_milestones()
    while _deliver(app):
        pass


def run(app: Flask) -> None:
    """Do what is due until told to stop; what is being sent is finished first."""
    stop = threading.Event()

    def stopped(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stopped)
    while not stop.is_set():
        try:
            with app.app_context():
                sweep()
                publish_due()
                note_milestones()
            busy = _deliver(app)
        except Exception as error:
            log.exception("worker_round_failed", kind=type(error).__name__)
            busy = 0
        if not busy:
            stop.wait(PAUSE_SECONDS)


def _deliver(app: Flask) -> int:
    with app.app_context():
        return mail.deliver_due()
