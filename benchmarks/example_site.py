"""A site with the example content, as it is served in production."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers import free_port, running

SLUG = "yuuge-no-ie"
ROOT = Path(__file__).parent.parent


def environment(folder: Path, port: int, stripe: str) -> dict[str, str]:
    """Return the settings of a site in `folder`."""
    return {
        "DATABASE_URL": os.environ.get("BENCHMARK_DATABASE_URL", f"sqlite:///{folder / 'site.sqlite3'}"),
        "MEDIA_URL": f"file://{folder / 'media'}",
        "SECRET_KEY": "not-a-secret-not-a-secret-not-a-secret",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "STRIPE_SECRET_KEY": "sk_test_notAKey",
        "STRIPE_WEBHOOK_SECRET": "whsec_notASecret",
        "STRIPE_API_BASE": stripe,
        "FUNDSITE_RATE_LIMITS": "off",
    }


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Serve the example site; yields its address."""
    port = free_port()
    settings = environment(folder, port, "http://127.0.0.1:9")
    run = [sys.executable, "-m", "fundsite"]
    for words in (["db", "upgrade"], ["load", str(ROOT / "examples" / "site")]):
        subprocess.run([*run, *words], check=True, capture_output=True, env={**os.environ, **settings})
    url = f"http://127.0.0.1:{port}"
    with running([*run, "serve", "--port", str(port)], f"{url}/readyz", settings):
        yield url
