"""The backer list of 100,000 supporters: CSV and XLSX beside the raw database export of the same rows; list pages.

Each part runs in a process of its own, so that its peak memory is its own; it is given above what the process took
before it began (Linux says so). The raw export is what the database gives without us: on PostgreSQL `COPY … TO STDOUT`,
on SQLite a bare cursor into `csv.writer`. `--postgresql` takes that database, `--backers 10000` a smaller crowd.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tests")]

import psycopg  # noqa: E402 - found beside the tests
from sqlalchemy import make_url, select  # noqa: E402

from fundsite.app import create_app  # noqa: E402
from fundsite.db import db, engine_options  # noqa: E402
from fundsite.fulfilment.backer_filter import Wanted  # noqa: E402
from fundsite.fulfilment.backer_index import keep_index  # noqa: E402
from fundsite.fulfilment.backer_rows import statement_of  # noqa: E402
from fundsite.fulfilment.backers import backers_page  # noqa: E402
from fundsite.fulfilment.export import export_to  # noqa: E402
from support.backers import QUESTIONS, write_backers  # noqa: E402
from support.databases import PostgreSQL, SQLite  # noqa: E402
from support.factories import Factory  # noqa: E402
from support.site import TestSite  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = {
    "the first page": Wanted(campaign_id=1),
    "a reward and a region": Wanted(campaign_id=1, rewards=("A",), region="東京都"),
    "to be sent, address missing": Wanted(campaign_id=1, shipping="owed", address="missing"),
    "nobody has that amount": Wanted(campaign_id=1, least=900_000),
    "やまだ": Wanted(text="やまだ"),
    "a reference": Wanted(text="00050000"),
    "an answer": Wanted(campaign_id=1, question="サイズ", answer="0012"),
}
RUNS = 5


def site_of(url: str, folder: Path) -> TestSite:
    """Return a site over a database, without a server."""
    return TestSite(create_app(TestSite.settings(url, "http://127.0.0.1:9", 9, folder)), "", None, "")


def raw(url: str, out: Path) -> None:
    """Write the same rows without us."""
    dialect = db.engine.dialect
    sql = str(statement_of(Wanted(campaign_id=1)).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    if dialect.name == "postgresql":
        address = url.replace("+psycopg", "", 1)
        with (
            psycopg.connect(address) as connection,
            connection.cursor().copy(f"COPY ({sql}) TO STDOUT WITH CSV") as copy,
            out.open("wb") as file,
        ):
            file.writelines(copy)
        return
    module: Any = engine_options(url).get("module") or __import__("sqlite3")
    connection = module.connect(make_url(url).database)
    with out.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(connection.execute(sql))


def pages() -> dict[str, float]:
    """Return the usual time of each page in milliseconds."""
    found = {}
    for name, wanted in PAGES.items():
        times = []
        for _ in range(RUNS):
            begun = time.perf_counter()
            backers_page(wanted)
            times.append(time.perf_counter() - begun)
        found[name] = 1000 * statistics.median(times)
    return found


def child(part: str, url: str, folder: Path) -> None:
    """Do one part and print its figures."""
    site = site_of(url, folder)
    wanted = Wanted(campaign_id=1)
    work: dict[str, Callable[[], object]] = {
        "raw": lambda: raw(url, folder / "raw.csv"),
        "csv": lambda: export_to(folder / "list.csv", wanted, "csv"),
        "xlsx": lambda: export_to(folder / "list.xlsx", wanted, "xlsx"),
        "pages": pages,
    }
    with site.inside():
        db.session.execute(select(1))
        db.session.rollback()
        Path("/proc/self/clear_refs").write_text("5")  # forgets the peak
        idle, begun = memory("VmRSS"), time.perf_counter()
        result = work[part]()
        seconds = time.perf_counter() - begun
    found = result if part == "pages" else None
    print(json.dumps({"seconds": seconds, "above": memory("VmHWM") - idle, "pages": found}))


def memory(what: str) -> float:
    """Return what this process takes, or took at most, in megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{what}:"))


def done(part: str, url: str, folder: Path) -> dict[str, Any]:
    """Run one part in a process of its own."""
    command = [sys.executable, __file__, "--part", part, "--url", url, "--folder", str(folder)]
    reply = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ)
    found: dict[str, Any] = json.loads(reply.stdout.splitlines()[-1])
    return found


def measure(url: str, folder: Path, count: int) -> None:
    """Fill a database, measure each part, print the figures."""
    site = site_of(url, folder)
    make = Factory(site)
    campaign = make.campaign()
    rewards = [make.reward(campaign, "A", questions=list(QUESTIONS), shipping="japan"), make.reward(campaign, "B")]
    write_backers(site, campaign, rewards, count)
    with site.inside():
        keep_index()
    site.close()
    limit = done("raw", url, folder)
    print(f"{count:,} backers on {make_url(url).get_backend_name()}; raw export {limit['seconds']:.2f} s")
    for part in ("csv", "xlsx"):
        found = done(part, url, folder)
        size = (folder / f"list.{part}").stat().st_size / 1_000_000
        print(
            f"  {part}: {found['seconds']:.2f} s, {found['seconds'] / limit['seconds']:.2f} of raw,"
            f" {found['above']:.0f} MB above idle (raw {limit['above']:.0f} MB), file {size:.1f} MB"
        )
    for name, milliseconds in done("pages", url, folder)["pages"].items():
        print(f"  page, {name}: {milliseconds:.0f} ms")


def main() -> None:
    """Measure, or be one part of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backers", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--part")
    parser.add_argument("--url")
    parser.add_argument("--folder", type=Path)
    wanted = parser.parse_args()
    if wanted.part:
        child(wanted.part, wanted.url, wanted.folder)
        return
    kind = PostgreSQL if wanted.postgresql else SQLite
    with tempfile.TemporaryDirectory() as name, kind(Path(name)) as server, server.fresh() as database:
        measure(database.url, Path(name), wanted.backers)


main()
