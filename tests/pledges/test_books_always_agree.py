"""Whatever supporters, staff, worker, time and the network do, in whatever order: the books are right."""

import pytest

from support.databases import SQLite
from support.lives import Life, live
from support.world import World

EXAMPLES = 220


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with SQLite(tmp_path_factory.mktemp("world")) as server, server.fresh() as database:
        found = World(database.url, tmp_path_factory.mktemp("site"))
        yield found
        found.close()


def test_the_books_agree_with_stripe_whatever_happens(world):
    live(Life, world, EXAMPLES)
