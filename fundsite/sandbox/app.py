"""The sandbox as a Flask application, and as a server in a thread."""

import threading
from types import TracebackType
from typing import Self

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from fundsite.sandbox import admin, api, pages, vouchers
from fundsite.sandbox.account import account
from fundsite.sandbox.billing import portal
from fundsite.sandbox.config import SandboxConfig
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.courier import Courier


def create_sandbox(config: SandboxConfig, *, background: bool = True) -> Flask:
    """Return a sandbox with its background at work; `close_sandbox` ends it.

    Without the background nothing is delivered, and what has come due is done when something is next asked for.
    """
    app = Flask(__name__, static_url_path="/_sandbox/static")
    box = Sandbox(config)
    account(box)
    api.register(app, box)
    pages.register(app, box)
    vouchers.register(app, box)
    portal.register(app, box)
    admin.register(app, box)
    courier = Courier(box)
    app.extensions["sandbox"] = (box, courier)
    if background:
        courier.start()
    return app


def close_sandbox(app: Flask) -> None:
    """Stop the background and close the file. What was not delivered stays in it."""
    box, courier = app.extensions["sandbox"]
    courier.stop()
    box.store.close()


class QuietHandler(WSGIRequestHandler):
    """Serves without writing a line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class SandboxServer:
    """A sandbox served on this machine: `with SandboxServer(config) as sandbox: … sandbox.url`."""

    def __init__(self, config: SandboxConfig, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = make_server(host, port, lambda *_: [], threaded=True, request_handler=QuietHandler)
        self.app = create_sandbox(config)
        self._server.app = self.app
        self._poll = min(config.tick / 2, 0.1)  # also how long a stop may take
        self.url = f"http://{host}:{self._server.port}"
        self._thread = threading.Thread(target=self._serve, name="sandbox-server", daemon=True)

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=self._poll)

    def start(self) -> Self:
        self._thread.start()
        return self

    def run(self) -> None:
        """Serve in this thread until interrupted."""
        try:
            self._serve()
        finally:
            self._server.server_close()
            close_sandbox(self.app)

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        close_sandbox(self.app)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
