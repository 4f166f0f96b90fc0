"""`fundsite demo`: start every part, say where it is, and stop it all together."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.error import URLError
from urllib.request import urlopen

import click
from alembic import command as alembic
from werkzeug.serving import make_server

from fundsite import settings as environment
from fundsite.app import create_app
from fundsite.content.load import apply_content
from fundsite.content.read import read_site
from fundsite.demo.history import days_since, make_history, moved_to_today
from fundsite.demo.mailbox import catch_mail, mailbox_app
from fundsite.errors import FundsiteError
from fundsite.migrate import config
from fundsite.paths import shipped
from fundsite.settings import Settings

HOST = "127.0.0.1"
SANDBOX, SMTP, MAILBOX = 1, 2, 3  # ports after the site's own
READY_SECONDS = 60
# The sandbox accepts any key that looks like a test key; these are for it alone.
TEST_KEY, TEST_WEBHOOK_SECRET = "sk_test_demo_only", "whsec_demo_only"


def run_demo(port: int, data_dir: Path, *, fresh: bool) -> None:
    """Run until Ctrl-C. A second start keeps what was done; `fresh` begins again."""
    signal.signal(signal.SIGTERM, _interrupt)
    with suppress(KeyboardInterrupt):
        _run(port, data_dir, fresh=fresh)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(port: int, data_dir: Path, *, fresh: bool) -> None:
    _refuse_taken(port)
    if fresh:
        shutil.rmtree(data_dir, ignore_errors=True)
    data_dir.mkdir(parents=True, exist_ok=True)
    folder = data_dir.absolute()
    os.environ.update(_environment(port, folder))
    _prepare(environment.from_environment(), folder)
    with _mail(port, folder), _children(port, folder) as children:
        _wait_until_ready(f"http://{HOST}:{port}/readyz", children)
        _say(port)
        _wait_for_the_end(children)


def _refuse_taken(port: int) -> None:
    for offset in (0, SANDBOX, SMTP, MAILBOX):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port + offset))
            except OSError:
                raise FundsiteError(f"port {port + offset} is in use; choose another with --port") from None


def _environment(port: int, folder: Path) -> dict[str, str]:
    secret = folder / "secret-key"
    if not secret.exists():
        secret.write_text(secrets.token_urlsafe(48))
        secret.chmod(0o600)
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'fundsite.sqlite3'}",
        "SECRET_KEY": secret.read_text(),
        "SITE_URL": f"http://localhost:{port}",
        "STRIPE_SECRET_KEY": TEST_KEY,
        "STRIPE_WEBHOOK_SECRET": TEST_WEBHOOK_SECRET,
        "FUNDSITE_PAYMENT_METHODS": "card,konbini,bank",
        "STRIPE_API_BASE": f"http://{HOST}:{port + SANDBOX}",
        "MAIL_SERVER": HOST,
        "MAIL_PORT": str(port + SMTP),
        "MAIL_DEFAULT_SENDER": "noreply@demo.example",
        "MEDIA_URL": f"file://{folder / 'media'}",
    }


def _prepare(settings: Settings, folder: Path) -> None:
    """Make the database and its content, unless an earlier start did."""
    done = folder / "prepared"
    with create_app(settings).app_context():
        alembic.upgrade(config(), "head")
        if done.exists():
            return
        click.echo("Preparing the demo content …")
        material = shipped("examples") / "demo.toml"
        site = read_site(shipped("examples") / "site", settings.timezone)
        apply_content(moved_to_today(site, days_since(material)))
        make_history(material)
    done.touch()


@contextmanager
def _mail(port: int, folder: Path) -> Iterator[None]:
    box = folder / "mail"
    caught = catch_mail(box, HOST, port + SMTP)
    page = make_server(HOST, port + MAILBOX, mailbox_app(box), threaded=True)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        page.shutdown()
        caught.stop()


@contextmanager
def _children(port: int, folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    sandbox = ["-m", "fundsite.sandbox", "--port", str(port + SANDBOX), "--data", str(folder / "sandbox.sqlite3")]
    sandbox += ["--secret-key", TEST_KEY, "--webhook-secret", TEST_WEBHOOK_SECRET]
    sandbox += ["--webhook-url", f"http://{HOST}:{port}/webhooks/stripe"]
    site = ["-m", "fundsite", "serve", "--host", HOST, "--port", str(port)]
    commands = [sandbox, ["-m", "fundsite", "worker"], site]
    children = [subprocess.Popen([sys.executable, *words]) for words in commands]  # noqa: S603
    try:
        yield children
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()


def _wait_until_ready(url: str, children: list[subprocess.Popen[bytes]]) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        _refuse_dead(children)
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - our own address
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise FundsiteError("the site did not start in time")


def _refuse_dead(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is not None:
            raise FundsiteError(f"a part of the demo stopped with exit code {child.returncode}")


def _say(port: int) -> None:
    click.echo(
        f"""
  Site      http://localhost:{port}/
  Stripe    http://{HOST}:{port + SANDBOX}/   (a stand-in; card 4242 4242 4242 4242)
  Mail      http://{HOST}:{port + MAILBOX}/   (caught, nothing leaves this machine)

Ctrl-C stops everything. A second start keeps what was done.
"""
    )


def _wait_for_the_end(children: list[subprocess.Popen[bytes]]) -> NoReturn:
    while True:
        _refuse_dead(children)
        time.sleep(0.5)
