"""A public page beside what serves the same bytes with nothing in between, and beside Flask saying hello."""

import os
import tempfile
from pathlib import Path
from urllib.request import urlopen

from example_site import SLUG, site
from servers import free_port, granian, load, nginx, running


def main() -> None:
    """Measure each in turn and print the ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with site(folder) as url:
            page = f"{url}/c/{SLUG}/"
            with urlopen(page) as reply:
                body = reply.read()
            ours, figures = load(page), load(f"{url}/c/{SLUG}.json")
        kept = folder / "page.html"
        kept.write_bytes(body)
        os.environ["BENCHMARK_BODY"] = str(kept)
        raw = {}
        for name_, target in (("bare WSGI, same bytes", "bare:page"), ("Flask hello", "bare:hello")):
            port = free_port()
            address = f"http://127.0.0.1:{port}/"
            with running(granian(target, port), address):
                raw[name_] = load(address)
        with nginx(body) as address:
            if address:
                raw["nginx, same bytes"] = load(address)
    print(f"campaign page of {len(body) // 1000} kB: {ours:,.0f}/s; its JSON: {figures:,.0f}/s")
    for label, rate in raw.items():
        print(f"  of {label} ({rate:,.0f}/s): page {ours / rate:.2f}, JSON {figures / rate:.2f}")


main()
