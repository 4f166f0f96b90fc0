"""A promise to an All-or-Nothing campaign, by a person on a telephone: made, and withdrawn again."""

import os

from playwright.sync_api import expect
from sqlalchemy import select, update

from fundsite.campaigns.models import Campaign
from support.factories import Factory
from support.person import CARD, SLUG, choose, fill, type_details
from support.waiting import wait_until


def test_somebody_promises_and_withdraws(small_site, open_page):
    with small_site.app.app_context():
        Factory(small_site).reward(small_site.one(select(Campaign)), stock=3)
    small_site.change(update(Campaign).values(funding="all_or_nothing", goal=6_000))
    page = open_page(small_site)
    choose(page, "A")
    type_details(page)
    page.get_by_role("button", name="確認画面へ進む").click()
    expect(page.get_by_text("3,000円を一度だけ").first).to_be_visible()
    look(page, "confirm")
    page.get_by_role("button", name="同意してカードの登録へ進む").click()
    page.wait_for_url("**/c/pay/cs_test_*")
    fill(page, CARD)
    page.get_by_role("button", name="カードを登録する").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("髙橋 花子様、ありがとうございます")
    expect(page.get_by_text("お申し込みを受け付けました。", exact=False).first).to_be_visible()
    look(page, "thanks")
    assert small_site.figures(SLUG)["backers"] == 1

    page.get_by_role("link", name="専用ページを開く").click()
    look(page, "room")
    page.get_by_text("お申し込みを取り下げる", exact=True).click()
    look(page, "withdraw")
    page.get_by_role("button", name="取り下げる", exact=True).click()
    expect(page.get_by_text("お申し込みは取り下げられました。", exact=False)).to_be_visible()
    look(page, "withdrawn")
    wait_until(lambda: small_site.figures(SLUG)["backers"] == 0, "the page no longer counts the promise")
    assert small_site.figures(SLUG)["rewards"][0]["remaining"] == 3
    wait_until(lambda: len(small_site.letterbox.mails) == 2, "both mails")
    assert small_site.check() == []


def look(page, name):
    """Take a picture, where somebody wants to see the pages."""
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
