"""A campaign whose reward goes to three supporters."""

import pytest

from support.shipping import HOME


@pytest.fixture
def campaign(make):
    return make.campaign()


@pytest.fixture
def reward(make, campaign):
    return make.reward(campaign, shipping="japan")


@pytest.fixture
def pledges(make, campaign, reward):
    return [make.paid(campaign, reward, **HOME) for _ in range(3)]
