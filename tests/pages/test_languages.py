"""Each page names its own address, and the one in the other language, whatever the site's own language is."""

from dataclasses import replace

import pytest

from fundsite.app import create_app
from support.factories import pledged
from support.site import TestSite, session_id_of


@pytest.fixture
def english(site):
    """The same site, English by its settings."""
    app = create_app(replace(site.app.extensions["fundsite.settings"], locale="en"))
    running = TestSite(app, site.stripe_url, site.letterbox, site.secret)
    yield running
    running.close()


def test_a_japanese_site_leads_to_english_under_its_prefix_and_back(site, make):
    make.campaign()
    assert '<a href="/en/c/ie/"' in _footer(site.get("/c/ie/").text)
    assert '<a href="/c/ie/"' in _footer(site.get("/en/c/ie/").text)


def test_an_english_site_leads_to_japanese_under_its_prefix_and_back(english, make):
    make.campaign()
    assert '<a href="/ja/c/ie/"' in _footer(english.get("/c/ie/").text)
    assert '<a href="/c/ie/"' in _footer(english.get("/ja/c/ie/").text)
    assert 'lang="ja"' in english.get("/ja/c/ie/").text[:200]


def _footer(page):
    return " ".join(page.partition("<footer")[2].split())


@pytest.mark.parametrize("path", ["/c/ie/", "/c/ie/updates/1/"])
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_page_names_the_address_of_its_own_language(site, make, prefix, path):
    make.update(make.campaign())
    assert f'<link rel="canonical" href="http://localhost{prefix}{path}">' in site.get(f"{prefix}{path}").text


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_thank_you_leads_to_the_campaign_in_the_supporters_language(site, make, prefix):
    make.reward(make.campaign())
    session_id = session_id_of(pledged(site.browser(), prefix=prefix))
    site.pay(session_id)
    site.work()
    (mail,) = site.letterbox.to("hanako@example.jp")
    assert f"http://localhost{prefix}/c/ie/" in mail.get_body(("plain",)).get_content().splitlines()
