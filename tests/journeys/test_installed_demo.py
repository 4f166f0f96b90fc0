"""The wheel in a clean environment: `fundsite demo` from an empty directory."""

import os
import random
import signal
import socket
import subprocess
import sys
import sysconfig
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from support.factories import confirmed
from support.person import SLUG
from support.running import ROOT, Visitor, answers, kill_group
from support.waiting import wait_until

PARTS = ("site", "Stripe", "SMTP", "mailbox")  # one port after the other


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Build the wheel and install it alone; what it depends on is lent by the environment of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    [wheel] = folder.glob("*.whl")
    run(sys.executable, "-m", "venv", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", "--disable-pip-version-check", wheel)
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    Path(packages, "lent.pth").write_text(sysconfig.get_path("purelib"))
    assert packages in run(python, "-c", "import fundsite; print(fundsite.__file__)")
    return python.parent


def clean_environment():
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def run(*words):
    done = subprocess.run(
        [str(word) for word in words],
        env=clean_environment(),
        cwd="/",
        check=False,
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def row_of_free_ports():
    """Return the first of as many free ports in a row as the demo has parts, below those that connections take."""
    starts = random.sample(range(12_000, 30_000, len(PARTS)), 200)
    return next(port for port in starts if all(map(is_free, range(port, port + len(PARTS)))))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An empty folder, in which each test goes on where the one before it stopped."""
    return tmp_path_factory.mktemp("empty")


class Demo:
    """A demo that is running."""

    def __init__(self, port, process, log):
        self.url, self.port, self.process, self.log = f"http://localhost:{port}", port, process, log

    def figures(self):
        return requests.get(f"{self.url}/c/{SLUG}.json", timeout=10).json()

    def caught_mail(self):
        return requests.get(f"http://127.0.0.1:{self.port + PARTS.index('mailbox')}/", timeout=10).text

    def pay(self, session_id):
        address = f"http://127.0.0.1:{self.port + 1}/_sandbox/sessions/{session_id}/pay"
        assert requests.post(address, json={}, timeout=10).json()["outcome"] == "succeeded"

    def lives(self):
        assert self.process.poll() is None, self.log.read_text()
        return answers(f"{self.url}/readyz") and "Ctrl-C" in self.log.read_text()


@contextmanager
def running_demo(installed, folder, port):
    """Run `fundsite demo`; at the end ask it to stop, and see that nothing of it is left."""
    log = folder.parent / f"{folder.name}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [str(installed / "fundsite"), "demo", "--port", str(port)],
            cwd=folder,
            env=clean_environment(),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        demo = Demo(port, process, log)
        wait_until(demo.lives, "the demo is ready", seconds=90)
        yield demo
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0, log.read_text()
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
        assert [part for offset, part in enumerate(PARTS) if not is_free(port + offset)] == []
    finally:
        kill_group(process.pid)
        process.wait(timeout=10)


def test_the_demo_of_the_wheel_runs_from_an_empty_directory_and_keeps_what_was_done(installed, folder):
    port = row_of_free_ports()
    with running_demo(installed, folder, port) as demo:
        assert demo.figures()["backers"] == 842
        visitor = Visitor(demo.url)
        assert "842" in visitor.get(f"/c/{SLUG}/").text
        form = confirmed(visitor, SLUG, "A")
        demo.pay(visitor.post(f"/c/{SLUG}/pledge/confirm", data=form).headers["Location"].rpartition("/")[2])
        wait_until(lambda: "hanako@example.jp" in demo.caught_mail(), "the thank-you mail was caught")
        assert demo.figures()["backers"] == 843
    with running_demo(installed, folder, port) as demo:
        assert demo.figures()["backers"] == 843
        assert "hanako@example.jp" in demo.caught_mail()
    assert [found.name for found in folder.iterdir()] == ["fundsite-demo"]


def test_a_demo_that_is_stopped_while_it_starts_leaves_nothing_behind(installed, folder):
    port = row_of_free_ports()
    process = subprocess.Popen(
        [str(installed / "fundsite"), "demo", "--port", str(port)],
        cwd=folder,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: not is_free(port + PARTS.index("Stripe")), "its first child listens", seconds=90, pause=0.01)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
        assert [part for offset, part in enumerate(PARTS) if not is_free(port + offset)] == []
    finally:
        kill_group(process.pid)
        process.wait(timeout=10)
