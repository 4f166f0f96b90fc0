"""The production web server."""

import structlog
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from fundsite.db import db
from fundsite.errors import SettingsError
from fundsite.migrate import pending_migrations
from fundsite.orphans import mark_parent
from fundsite.settings import current_settings

log = structlog.get_logger()

THREADS = 16  # per process: a request may wait for Stripe, and others must not wait for it
BACKPRESSURE = 128


def refuse_unready() -> None:
    """Raise SettingsError, naming each lack, unless real supporters can be served."""
    lacks = current_settings().missing_for_serving()
    if pending_migrations():
        lacks.append("database: not migrated; run `fundsite db upgrade`")
    if lacks:
        raise SettingsError("\n".join(lacks))


def serve(host: str, port: int, workers: int) -> None:
    """Serve until told to stop."""
    db.engine.dispose()
    mark_parent()
    log.info("serving", host=host, port=port, workers=workers)
    Granian(
        "fundsite.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=BACKPRESSURE,
        log_access=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
    ).serve()
