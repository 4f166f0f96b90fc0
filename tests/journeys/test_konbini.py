"""Paying at a convenience store, by a person with a telephone: from the confirmation to the counter and the thanks."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from support.factories import Factory
from support.letterbox import Letterbox
from support.person import CAMPAIGN, SLUG, fact, text_of, to_confirmation, to_payment, type_details
from support.running import RunningSite
from support.waiting import wait_until

MAIL = "hanako@example.jp"


@pytest.fixture
def konbini_site(database, nursery, tmp_path):
    """A site as processes on which every way to pay is switched on."""
    with Letterbox() as letterbox, RunningSite(nursery, database.url, tmp_path, letterbox) as site:
        site.site_settings = replace(site.site_settings, payment_methods=("card", "konbini", "bank"))
        with site.app.app_context():
            make = Factory(site)
            make.reward(make.campaign(SLUG), stock=1)
        yield site.start("sandbox", "web", "worker")
        assert site.complaints() == []


def test_somebody_pays_at_the_counter_with_the_telephone_in_hand(konbini_site, open_page):
    page = open_page(konbini_site)
    page.goto(f"{CAMPAIGN}pledge?reward=A")
    type_details(page)
    to_confirmation(page)
    expect(fact(page, "お支払いの時期・方法")).to_contain_text("コンビニ払い。")
    to_payment(page)
    page.locator("#konbini").click()
    page.wait_for_url("**/thanks")

    expect(page.get_by_role("heading", level=1)).to_have_text("お申し込みを受け付けました")
    expect(fact(page, "お支払いいただく金額")).to_have_text("3,000円")
    expect(fact(page, "お支払いの期限")).to_have_text(re.compile("23:59"))
    code = fact(page.locator(".voucher-group", has_text="ローソン"), "お支払い番号").inner_text()
    assert re.fullmatch(r"\d{6}", code)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    wait_until(lambda: konbini_site.letterbox.to(MAIL), "the mail with the codes")
    assert code in text_of(konbini_site.letterbox.to(MAIL)[0])
    assert konbini_site.figures(SLUG)["backers"] == 0
    assert konbini_site.figures(SLUG)["rewards"][0]["remaining"] == 0

    thanks = page.url
    page.get_by_role("link", name="店頭での手順を見る").click()
    page.locator("#pay-at-store").click()
    wait_until(lambda: len(konbini_site.letterbox.to(MAIL)) == 2, "the thank-you mail")
    page.goto(thanks)
    expect(page.get_by_role("heading", level=1)).to_have_text("髙橋 花子様、ありがとうございます")
    assert konbini_site.figures(SLUG)["backers"] == 1
    assert konbini_site.command("check") == 0
