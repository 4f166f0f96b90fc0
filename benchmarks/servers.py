"""Servers to measure, each on a port of its own, and the load that is put on them."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

HERE = Path(__file__).parent
CONNECTIONS, SECONDS = 16, 5


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def load(url: str, script: Path | None = None, environment: dict[str, str] | None = None) -> float:
    """Return how many requests a second a server answers; stop if any answer is an error."""
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *(["-s", str(script)] if script else []), url]
    told = subprocess.run(
        words, capture_output=True, text=True, check=True, env={**os.environ, **(environment or {})}
    ).stdout
    if "Non-2xx" in told:
        sys.exit(f"{url}: {told}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])


@contextmanager
def running(words: list[str], url: str, environment: dict[str, str] | None = None) -> Iterator[None]:
    """Run a server until the block ends; it has started once it answers."""
    process = subprocess.Popen(words, env={**os.environ, **(environment or {})}, stderr=subprocess.DEVNULL)
    try:
        _wait(url, process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            with urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            if process.poll() is not None:
                sys.exit(f"the server of {url} stopped")
            time.sleep(0.1)
    sys.exit(f"{url} does not answer")


def granian(target: str, port: int) -> list[str]:
    """Return the command that serves a WSGI application of bare.py as our own is served."""
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "16"]
    return [*words, "--workers", "1", "--no-ws", "--working-dir", str(HERE), target]


@contextmanager
def nginx(body: bytes) -> Iterator[str | None]:
    """Serve a file by nginx with one worker; None where there is no nginx."""
    if shutil.which("nginx") is None:
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "index.html").write_bytes(body)
        config = folder / "nginx.conf"
        config.write_text(
            f"worker_processes 1; daemon off; pid {folder}/pid; error_log /dev/null; user root;\n"
            f"events {{}}\nhttp {{ access_log off; server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
        )
        url = f"http://127.0.0.1:{port}/"
        with running(["nginx", "-c", str(config)], url):
            yield url
