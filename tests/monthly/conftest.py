"""A monthly campaign, and a sandbox for each test: its clock goes on by months."""

import pytest

from fundsite.sandbox import SandboxConfig, SandboxServer
from support.monthly import KEY, MonthlySite


@pytest.fixture
def stripe_server():
    """A sandbox for one test: its clock goes on by months."""
    config = SandboxConfig(secret_key=KEY[0], webhook_secret="whsec_notASecret", settle_after=0.05, tick=0.05)
    with SandboxServer(config) as running:
        yield running


@pytest.fixture
def monthly(site, make):
    """A monthly campaign with a tier of 1,000 yen of which there are two."""
    make.reward(make.campaign("maitsuki", funding="monthly", ends_at=None), amount=1_000, stock=2)
    return MonthlySite(site)
