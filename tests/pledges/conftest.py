"""The world of a module's tests, which each begins again."""

from dataclasses import replace

import pytest


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
