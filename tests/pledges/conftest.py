"""One world for a module's tests; each begins it again."""

from dataclasses import replace

import pytest

from support.databases import SQLite
from support.world import World


@pytest.fixture(scope="module")
def one_world(tmp_path_factory):
    with SQLite(tmp_path_factory.mktemp("world")) as server, server.fresh() as database:
        found = World(database.url, tmp_path_factory.mktemp("site"))
        yield found
        found.close()


@pytest.fixture
def fresh(one_world):
    """An empty site beside an empty Stripe, and a clock that stands still."""
    one_world.fresh()
    return one_world


@pytest.fixture
def later_ways(fresh):
    """The same, with the ways to pay later switched on."""
    known = fresh.app.extensions["fundsite.settings"]
    fresh.app.extensions["fundsite.settings"] = replace(known, payment_methods=("card", "konbini", "bank"))
    yield fresh
    fresh.app.extensions["fundsite.settings"] = known
