"""Where supporters came from: four short words, kept with the pledge, and nothing else."""

import re

import pytest
from sqlalchemy import select

from fundsite.pledges.models import Pledge
from fundsite.pledges.origin import host, origin_of, word
from support.factories import BACKER, pledged
from support.site import hidden_fields, session_id_of


def origin(site):
    pledge = site.one(select(Pledge).order_by(Pledge.id.desc()).limit(1))
    return pledge.utm_source, pledge.utm_medium, pledge.utm_campaign, pledge.referrer_host


def through_the_form(browser, address, referrer=None, **typed):
    """Come to the form's address from `referrer` and go on to Stripe's page."""
    headers = {"Referer": referrer} if referrer else {}
    fields = hidden_fields(browser.get(address, headers=headers).text)
    confirm = browser.post(address, data={**fields, **BACKER, **typed})
    assert confirm.status_code == 200
    session_id_of(browser.post("/c/ie/pledge/confirm", data=hidden_fields(confirm.text)))


def test_words_of_the_pledge_address_and_an_outside_referrer_are_kept(site, make):
    make.reward(make.campaign())
    address = "/c/ie/pledge?reward=A&utm_source=line&utm_medium=social&utm_campaign=%E5%86%AC"
    through_the_form(site.browser(), address, "https://www.Shinbun.example/news/1?reader=hanako")
    assert origin(site) == ("line", "social", "冬", "shinbun.example")


def test_the_landing_page_before_the_form_is_understood_without_scripts(site, make):
    make.reward(make.campaign())
    came_from = "http://localhost/c/ie/?utm_source=newsletter&x=1"
    through_the_form(site.browser(), "/c/ie/pledge?reward=A", came_from)
    assert origin(site) == ("newsletter", "", "", "")


def test_what_the_browser_remembered_is_told_with_the_form(site, make):
    make.reward(make.campaign())
    through_the_form(site.browser(), "/c/ie/pledge?reward=A", utm_source="tegami", referrer_host="example.org")
    assert origin(site) == ("tegami", "", "", "example.org")


def test_nothing_is_known_of_one_who_came_directly(site, make):
    make.reward(make.campaign())
    session_id_of(pledged(site.browser()))
    assert origin(site) == ("", "", "", "")


def test_unfit_words_never_stop_a_pledge(site, make):
    make.reward(make.campaign())
    through_the_form(
        site.browser(), "/c/ie/pledge?reward=A", utm_source="a" * 300, utm_medium="\x00\u202e\n x ", referrer_host="<b>"
    )
    assert origin(site) == ("a" * 100, "x", "", "")


def test_the_confirmation_does_not_show_them(site, make):
    make.reward(make.campaign())
    browser = site.browser()
    address = "/c/ie/pledge?reward=A&utm_source=hidden-word"
    page = browser.post(address, data={**hidden_fields(browser.get(address).text), **BACKER}).text
    assert not [shown for shown in re.findall(r"<dd>.*?</dd>", page, re.DOTALL) if "hidden-word" in shown]
    assert hidden_fields(page)["utm_source"] == "hidden-word"


def test_the_same_order_from_another_place_is_still_the_same_order(site, make):
    make.reward(make.campaign())
    browser = site.browser()
    for source in ("line", "mail"):
        through_the_form(browser, f"/c/ie/pledge?reward=A&utm_source={source}")
    assert len(site.rows(select(Pledge))) == 1
    assert origin(site)[0] == "line"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("www.Google.co.jp", "google.co.jp"),
        ("example.jp.", "example.jp"),
        ("localhost", ""),
        ("a b.example", ""),
        ("x" * 120 + ".example", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_host_is_a_name_with_a_dot(typed, kept):
    assert host(typed) == kept


def test_a_word_is_one_printable_line():
    assert word("  ニュース\r\nレター\u200b ") == "ニュース レター"
    assert word(None) == ""


def test_a_broken_referrer_is_none():
    assert origin_of({"utm_source": "x"}, "http://[broken", "localhost")["utm_source"] == "x"
