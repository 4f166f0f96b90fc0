"""Logs: what happened to which reference, never to whom."""

import logging
import re
import sys
from typing import Literal

import structlog

# The part of an address that opens something by itself.
TOKEN = re.compile(r"((?:pledges|receipts|followers|follow|mail/stop|staff/welcome|staff/reset)(?:/|%2F))[\w=~%-]{16,}")


def configure(log_format: Literal["json", "text"]) -> None:
    """Write one line per event to stderr, as JSON for programs or as text for people."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if log_format == "json" else []),
            _Redacting(renderer),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(_RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def redacted(line: str) -> str:
    """Return a line of a log without the tokens of private links."""
    return TOKEN.sub(r"\1…", line)


class _Redacting:
    """Writes an event as another renderer does, without tokens."""

    def __init__(self, renderer: structlog.typing.Processor) -> None:
        self._renderer = renderer

    def __call__(self, logger: object, name: str, event: structlog.typing.EventDict) -> str:
        return redacted(str(self._renderer(logger, name, event)))


class _RedactingFormatter(logging.Formatter):
    """Writes what libraries log, without tokens."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))
