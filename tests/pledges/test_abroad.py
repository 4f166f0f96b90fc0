"""A reward that is sent anywhere: an address is kept as its country writes it."""

import pytest
from sqlalchemy import select

from fundsite.pledges.models import Pledge
from support.databases import on_sqlite
from support.factories import ADDRESS, filled
from support.site import hidden_fields

pytestmark = on_sqlite


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [("JP", "１２３ー４５６７", "123-4567"), ("JP", "12-34", "12-34"), ("DE", "10115", "10115")],
)
def test_a_postal_code_is_written_as_in_its_country_or_left_as_it_is(site, make, country, typed, kept):
    make.reward(make.campaign(), shipping="worldwide")
    browser = site.browser()
    shown = filled(browser, **{**ADDRESS, "postal_code": typed, "country": country})
    assert shown.status_code == 200, shown.text
    assert {"JP": "日本", "DE": "ドイツ"}[country] in shown.text
    assert browser.post("/c/ie/pledge/confirm", data=hidden_fields(shown.text)).status_code == 303
    assert tuple(site.one(select(Pledge.country, Pledge.postal_code))) == (country, kept)
