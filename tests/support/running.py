"""A site as its real processes: web server, worker and sandbox, each in a process group of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import requests
from requests.exceptions import ConnectionError as NotReached

from fundsite.app import create_app
from fundsite.settings import Settings
from support.ports import free_port
from support.site import TestSite
from support.waiting import wait_until

ROOT = Path(__file__).parents[2]
NURSERY = Path(__file__).with_name("nursery.py")
KEPT_FROM_OUTSIDE = ("PATH", "HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR")
RUNNING: list["RunningSite"] = []


def environment_of(settings: Settings):
    """Return the environment in which a process reads these settings."""
    outside = {name: os.environ[name] for name in KEPT_FROM_OUTSIDE if name in os.environ}
    return {
        **outside,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "SITE_URL": settings.site_url,
        "STRIPE_SECRET_KEY": settings.stripe_secret_key,
        "STRIPE_WEBHOOK_SECRET": settings.stripe_webhook_secret,
        "STRIPE_API_BASE": settings.stripe_api_base,
        "MAIL_SERVER": settings.mail.server,
        "MAIL_PORT": str(settings.mail.port),
        "MAIL_DEFAULT_SENDER": settings.mail.sender,
        "MEDIA_URL": settings.media_url,
        "FUNDSITE_LOG": settings.log_format,
        "FUNDSITE_RATE_LIMITS": "on" if settings.rate_limits else "off",
        "FUNDSITE_PAYMENT_METHODS": ",".join(settings.payment_methods),
    }


class RunningSite(TestSite):
    """The doors of a TestSite, before real processes; `app` is only the test's own look at the same database."""

    def __init__(self, nursery, database_url, folder, letterbox, *, web_workers=1, media=None):
        self.nursery, self.folder, self.web_workers = nursery, folder, web_workers
        self.port, self.stripe_port = free_port(), free_port()
        self.url = f"http://localhost:{self.port}"
        stripe_url = f"http://127.0.0.1:{self.stripe_port}"
        settings = TestSite.settings(database_url, stripe_url, letterbox.port, media or folder)
        self.site_settings = replace(settings, site_url=self.url)
        super().__init__(create_app(self.site_settings), stripe_url, letterbox, settings.stripe_webhook_secret)
        self.processes = {}
        self.control = folder / "control"
        self.control.mkdir()

    def __enter__(self):
        RUNNING.append(self)
        return self

    def __exit__(self, *_):
        for name in list(self.processes):
            self.kill(name)
        RUNNING.remove(self)
        self.close()

    def _open(self, name, program, *words):
        env = environment_of(self.site_settings) | {"KILL_CONTROL": str(self.control)}
        return self.nursery.start(program, words, env=env, cwd=str(self.folder), log=str(self.log_of(name)))

    def start(self, *names):
        """Start parts by name (sandbox, web, worker) and wait until each answers."""
        for name in names:
            self.processes[name] = self._open(name, *getattr(self, f"_{name}_words")())
        for name in names:
            ready = getattr(self, f"_{name}_ready")
            wait_until(lambda name=name, ready=ready: self._lives(name) and ready(), f"{name} is ready")
        return self

    def _lives(self, name):
        code = self.processes[name].poll()
        assert code is None, f"{name} ended with {code}"
        return True

    def _sandbox_words(self):
        words = ["fundsite.sandbox", "--port", str(self.stripe_port), "--data", str(self.folder / "stripe.db")]
        words += ["--secret-key", self.site_settings.stripe_secret_key, "--webhook-secret", self.secret]
        words += ["--webhook-url", f"http://127.0.0.1:{self.port}/webhooks/stripe"]
        return [*words, "--settle-after", "0.05", "--retry-first", "0.1"]

    def _web_words(self):
        return ["fundsite", "serve", "--port", str(self.port), "--workers", str(self.web_workers)]

    def _worker_words(self):
        return ["fundsite", "worker"]

    def _sandbox_ready(self):
        return answers(f"{self.stripe_url}/_sandbox/health")

    def _web_ready(self):
        return answers(f"{self.url}/readyz")

    def _worker_ready(self):
        return True  # it has no door; what it does is waited for

    def kill(self, name):
        """Kill -9 a part with all its children."""
        process = self.processes.pop(name)
        kill_group(process.pid)
        process.wait(timeout=10)

    def ended(self, name):
        """Wait until a part has died by itself; return its exit code."""
        process = self.processes.pop(name)
        return process.wait(timeout=30)

    def stop(self, name):
        """Ask a part to end, and return its exit code."""
        process = self.processes.pop(name)
        process.terminate()
        try:
            return process.wait(timeout=20)
        finally:
            kill_group(process.pid)

    def reborn(self, name):
        """Kill -9 a part and start it at once; who needs it waits."""
        self.kill(name)
        self.processes[name] = self._open(name, *getattr(self, f"_{name.rstrip('0123456789')}_words")())

    def kill_one_web_process(self):
        """Kill -9 one of the processes behind the web server; False where none runs now. The server starts another."""
        server = self.processes["web"].pid
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        serving = [child for child in children if "resource_tracker" not in Path(f"/proc/{child}/cmdline").read_text()]
        if serving:
            os.kill(int(serving[0]), signal.SIGKILL)
        return bool(serving)

    def start_another_worker(self):
        """Start a second worker beside the first; return its name."""
        name = f"worker{len(self.processes)}"
        self.processes[name] = self._open(name, *self._worker_words())
        return name

    def command(self, *words, seconds=60):
        """Run a `fundsite` command to its end; return its exit code."""
        process = self._open("command", "fundsite", *words)
        try:
            return process.wait(timeout=seconds)
        finally:
            kill_group(process.pid)

    def told(self, *words, seconds=60):
        """Run a `fundsite` command to its end; return its exit code and the lines that it said."""
        log = self.log_of("command")
        before = log.stat().st_size if log.exists() else 0
        code = self.command(*words, seconds=seconds)
        return code, log.read_bytes()[before:].decode().splitlines()

    def work(self):
        """Run `fundsite worker --once` to its end; return its exit code."""
        return self.command("worker", "--once")

    def log_of(self, name):
        return self.folder / f"{name}.log"

    def complaints(self):
        """Return the lines of the logs that no good day has."""
        bad = ('"level": "error"', "Traceback (most recent", "panicked")
        return [
            f"{log.stem}: {line}"
            for log in sorted(self.folder.glob("*.log"))
            for line in log.read_text().splitlines()
            if any(sign in line for sign in bad)
        ]

    def visitor(self):
        """Return a new visitor with cookies of their own."""
        return Visitor(self.url)

    browser = visitor

    def figures(self, slug):
        """Return what the public page's JSON says now."""
        reply = requests.get(f"{self.url}/c/{slug}.json", timeout=10)
        reply.raise_for_status()
        return reply.json()

    def books(self, reference):
        """Return what the sandbox's books hold about one pledge: sessions, charges, refunds."""
        return {
            name: [line for line in lines if (line.get("metadata") or {}).get("fundsite_reference") == reference]
            for name, lines in self.stripe("books").items()
        }


class Visitor:
    """Somebody with a browser that follows no redirect by itself and runs no script."""

    def __init__(self, url):
        self.url, self.http = url, requests.Session()

    def get(self, path, **more):
        return self.http.get(self.url + path, allow_redirects=False, timeout=60, **more)

    def post(self, path, **more):
        return self.http.post(self.url + path, allow_redirects=False, timeout=60, **more)


class Nursery:
    """The process that forks all others; see nursery.py."""

    def __init__(self):
        self.lock = threading.Lock()

    def __enter__(self):
        outside = {name: os.environ[name] for name in KEPT_FROM_OUTSIDE if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, str(NURSERY)],
            env=outside | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    def ask(self, **request):
        with self.lock:
            self.process.stdin.write(f"{json.dumps(request)}\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def start(self, program, words, **how):
        return Forked(self, self.ask(program=program, words=words, **how))


class Forked:
    """What a test needs of a Popen, for a process that the nursery forked."""

    def __init__(self, nursery, pid):
        self.nursery, self.pid, self.code = nursery, pid, None

    def poll(self):
        if self.code is None:
            self.code = self.nursery.ask(pid=self.pid)
        return self.code

    def wait(self, timeout):
        wait_until(lambda: self.poll() is not None, "a process ended", seconds=timeout, pause=0.02)
        return self.code

    def terminate(self):
        os.kill(self.pid, signal.SIGTERM)


def answers(url):
    """Whether an address answers 200 now."""
    try:
        return requests.get(url, timeout=5).status_code == 200
    except (NotReached, requests.exceptions.Timeout):
        return False


def kill_group(group):
    """Kill -9 whatever is left of a process group."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
