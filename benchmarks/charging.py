"""A thousand saved cards, seven in a hundred declining, charged while the worker is killed ten times.

Each card must be charged once. Says how fast that goes beside what Stripe allows, and what `fundsite check` finds.
    python benchmarks/charging.py [--cards 1000] [--kills 10] [--database sqlite|postgresql]
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.charging import charge_with_kills, promise_many
from support.databases import DATABASES
from support.factories import Factory
from support.letterbox import Letterbox
from support.running import Nursery, RunningSite

EVERY = 14  # one in fourteen declines: 7 %
ALLOWED = 25  # requests a second in Stripe's test mode


def main() -> int:
    """Run it and print the figures; 1 if a card was charged twice or not at all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cards", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--database", choices=[kind.name for kind in DATABASES], default="sqlite")
    given = parser.parse_args()
    kind = next(kind for kind in DATABASES if kind.name == given.database)
    with (
        tempfile.TemporaryDirectory(prefix="fundsite-charging-") as name,
        kind(Path(name)) as server,
        server.fresh() as database,
        Nursery() as nursery,
        Letterbox() as letterbox,
        RunningSite(nursery, database.url, Path(name), letterbox) as site,
    ):
        return measured(site, given.cards, given.kills)


def measured(site: RunningSite, cards: int, kills: int) -> int:
    """Promise, charge, compare."""
    site.start("sandbox", "web")
    promise_many(site, Factory(site), cards, EVERY)
    site.start("worker")
    told = charge_with_kills(site, cards, kills, seconds=3600)
    differences = site.check()
    rate = cards / told.seconds
    print(f"{cards} cards, {told.kills} kills, {told.seconds:.0f} s: {rate:.1f}/s, {rate / ALLOWED:.2f} of the limit")
    print(
        f"ours: {told.paid} paid, {told.declined} declined; at Stripe: {told.charged_at_stripe} charged once or more,"
    )
    print(f"{told.charged_twice} of them twice, in {told.asked} requests for money")
    print(f"check: {differences or 'ok'}")
    right = told.paid == told.charged_at_stripe and told.paid + told.declined == cards == told.asked
    return int(not right or bool(told.charged_twice) or bool(differences))


if __name__ == "__main__":
    sys.exit(main())
