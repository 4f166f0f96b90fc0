"""What axe finds on the pages of a pledge, as they stand on a telephone: nothing."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from support.chromium import Watched
from support.databases import SQLite
from support.person import CAMPAIGN, choose, pay, thanked, to_confirmation, to_payment, type_details
from support.waiting import wait_until

# What the pages look like does not depend on the database.
pytestmark = pytest.mark.parametrize("server", [SQLite], indirect=True, ids=["sqlite"])


def violations(page):
    """Return what axe says of a page; axe is evaluated, so the page's own policy stays in force."""
    found = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['html'][:200]} {node['failureSummary']}" for found in found for node in found["nodes"]
    ]


@pytest.mark.parametrize(
    "path",
    ["/", CAMPAIGN, f"{CAMPAIGN}updates/", f"{CAMPAIGN}updates/1/", f"{CAMPAIGN}backers/", "/legal/", "/nowhere/"],
)
def test_axe_finds_nothing_on_a_public_page(demo_site, open_page, path):
    page = open_page(demo_site)
    page.goto(path)
    assert violations(page) == []


def test_axe_finds_nothing_on_the_way_of_a_pledge(demo_site, open_page):
    page = open_page(demo_site)
    found = {}
    choose(page, "D")
    found["details"] = violations(page)
    page.get_by_role("button", name="確認画面へ進む").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found["details with errors"] = violations(page)
    choose(page, "A")
    type_details(page)
    to_confirmation(page)
    found["confirmation"] = violations(page)
    to_payment(page)
    page.get_by_role("link", name="販売元に戻る").click()
    found["left"] = violations(page)
    page.get_by_role("button", name="お支払いを続ける").click()
    pay(page)
    thanked(page)
    found["thanks"] = violations(page)
    page.get_by_role("link", name="専用ページを開く").click()
    expect(page.get_by_role("button", name="変更を保存する")).to_be_visible()
    found["room"] = violations(page)
    assert {name: said for name, said in found.items() if said} == {}


def test_the_watch_over_the_console_sees_what_it_is_for(demo_site, browser):
    watched = Watched(browser, demo_site.url)
    watched.page.goto("/")
    watched.page.evaluate("console.error('said')")
    watched.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"https://example.org/x.png\">')")
    wait_until(lambda: watched.page.evaluate("1") and len(watched.complaints) > 1, "the console was heard")
    watched.close()
    assert any("said" in line for line in watched.complaints)
    assert any("Content Security Policy" in line for line in watched.complaints)
