"""A supporter corrects where the parcel goes, on a phone, by the link in the mail; once it is prepared, no more."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from fundsite.pledges.models import Pledge
from support.factories import Factory
from support.parcels import Parcels
from support.person import (
    ADDRESS,
    CAMPAIGN,
    ROOM,
    fill,
    pay,
    text_of,
    the_mail,
    to_confirmation,
    to_payment,
    type_details,
)

LOCKED = "発送の準備が始まったため、ご登録の内容は変更できなくなりました。"


@pytest.fixture
def site(small_site):
    """A site with a reward that is sent, and its worker."""
    with small_site.app.app_context():
        Factory(small_site).reward(small_site.campaign, shipping="japan")
    return small_site


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def pledged(site, page):
    """Make a pledge with an address that is wrong; return the link in the mail."""
    page.goto(f"{CAMPAIGN}pledge?reward=A")
    type_details(page, **ADDRESS)
    page.locator("#region").select_option("東京都")
    to_confirmation(page)
    to_payment(page)
    pay(page)
    page.wait_for_url("**/thanks")
    return ROOM.search(text_of(the_mail(site)))[0]


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_an_address_is_corrected_on_a_phone_until_the_parcel_is_prepared(site, open_page, javascript):
    page = open_page(site, javascript=javascript)
    link = pledged(site, page)
    token = link.rstrip("/").rpartition("/")[2]
    told = []
    page.on("request", lambda request: told.append(request.header_value("referer") or ""))

    page.goto(link)
    fits(page)
    page.get_by_role("link", name="ご登録の内容を変更する").click()
    for name in ("city", "line1", "line2"):
        page.locator(f"#{name}").fill("")
    page.locator("#region").select_option("")
    page.locator("#postal_code").fill("１００ー０００１")
    page.get_by_role("button", name="郵便番号から住所を入力").click()
    expect(page.locator(".postal-help [role=status]")).to_contain_text("東京都千代田区千代田")
    expect(page.locator("#city")).to_have_value("千代田区")
    fill(page, {"line1": "千代田１ー１"})
    fits(page)
    page.get_by_role("button", name="変更を保存する").last.click()
    expect(page.get_by_role("status")).to_have_text("変更を保存しました。")
    expect(page.get_by_text("千代田１ー１")).to_be_visible()

    page.get_by_role("link", name="ご登録の内容を変更する").click()
    fill(page, {"line1": "手遅れ町9-9"})
    parcels = Parcels.of(site, site.campaign)
    parcels.owe(site.one(select(Pledge)), "locked")
    page.get_by_role("button", name="変更を保存する").last.click()
    expect(page.get_by_role("alert")).to_contain_text(LOCKED)
    fits(page)
    page.get_by_role("link", name=re.compile("専用ページへ戻る")).click()
    expect(page.get_by_text(LOCKED)).to_be_visible()
    assert site.one(select(Pledge.line1)) == "千代田１ー１"
    assert not [one for one in told if token in one]
