"""Raw limits: the same bytes from a bare WSGI function, and Flask saying hello."""

import os
from collections.abc import Iterable
from pathlib import Path

from flask import Flask

BODY = Path(os.environ["BENCHMARK_BODY"]).read_bytes()

hello = Flask(__name__)


@hello.get("/")
def index() -> str:
    """Say hello."""
    return "hello\n"


def page(_environ: dict[str, object], start_response: object) -> Iterable[bytes]:
    """Return the bytes of the page that is measured."""
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(BODY)))])  # type: ignore[operator]
    return [BODY]
