"""A reward that is sent anywhere: an address is kept as its country writes it."""

import pytest
from sqlalchemy import select

from fundsite.pledges.models import Pledge
from support.databases import on_sqlite
from support.factories import ADDRESS, filled, pledged
from support.site import hidden_fields, session_id_of

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


def test_the_mail_writes_an_address_abroad_as_its_country_does(site, make):
    make.reward(make.campaign(), shipping="worldwide")
    berlin = {"postal_code": "10115", "region": "Berlin", "city": "Berlin", "line1": "Invalidenstr. 1", "line2": ""}
    session_id = session_id_of(pledged(site.browser(), **{**ADDRESS, **berlin, "country": "DE"}))
    site.pay(session_id)
    site.work()
    [mail] = site.letterbox.mails
    said = mail.get_body(("plain",)).get_content()
    assert "Invalidenstr. 1\nBerlin, Berlin, 10115\nドイツ" in said.replace("\r\n", "\n")
