"""Two thousand pledges while webhooks and replies get lost and processes are killed; afterwards nothing may differ.

20 % of webhooks are lost, 20 % doubled, 20 % late, 10 % out of order, 5 % of API replies lost after the act, and every
few seconds a web process, the web server or a worker is killed with -9.
    python benchmarks/storm.py [--pledges 2000] [--kill-every 4] [--people 8] [--sqlite]
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.databases import PostgreSQL, SQLite
from support.letterbox import Letterbox
from support.running import Nursery, RunningSite
from support.storm import Storm, weathered


def main() -> int:
    """Run it and print the counts; 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pledges", type=int, default=2000)
    parser.add_argument("--kill-every", type=float, default=4.0, help="seconds")
    parser.add_argument("--people", type=int, default=8, help="how many pledge at once")
    parser.add_argument("--sqlite", action="store_true", help="instead of PostgreSQL")
    given = parser.parse_args()
    kind = SQLite if given.sqlite else PostgreSQL
    with (
        tempfile.TemporaryDirectory(prefix="fundsite-storm-") as name,
        kind(Path(name)) as server,
        server.fresh() as database,
        Nursery() as nursery,
        Letterbox() as letterbox,
        RunningSite(nursery, database.url, Path(name), letterbox, web_workers=2) as site,
    ):
        storm = Storm(site, given.pledges)
        outcome = weathered(storm, threads=given.people, kill_every=given.kill_every)
        return said(kind.name, outcome.counts, outcome.differences)


def said(database: str, counts: dict[str, object], differences: list[str]) -> int:
    """Print all that came of it."""
    print(f"database: {database}")
    for what, count in counts.items():
        figures = count if isinstance(count, dict) else {"": count}
        print(f"{what}: {', '.join(f'{name} {number}'.strip() for name, number in figures.items())}")
    print("\n".join(["differences:", *differences]) if differences else "nothing differs")
    return int(bool(differences))


if __name__ == "__main__":
    sys.exit(main())
