"""What staff do in their browsers, up to what a backer reads: real processes, nothing replaced."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import update

from fundsite import clock
from fundsite.db import transaction
from fundsite.site import Site
from fundsite.updates.models import Update
from support import chromium
from support.databases import on_sqlite
from support.factories import Factory
from support.person import SLUG, TYPED, fill, named, pay, text_of, thanked, the_mail, to_confirmation, to_payment
from support.reports import token_for
from support.staff import PASSWORD, person
from support.waiting import wait_until

pytestmark = on_sqlite
EDITOR = "editor@staff.example"
THANKS = "みなさまの一食が、夜をひとりで過ごす子どもたちの灯りになります。" * 20
DROPPED = ("庭のようす", "夕ごはん")


def photo(colour):
    data = BytesIO()
    Image.new("RGB", (1600, 1000), colour).save(data, "JPEG")
    return f"{colour}.jpg", data.getvalue()


@pytest.fixture
def editor(small_site, open_page):
    """A member of staff, signed in, in front of the staff room's first page."""
    person(small_site, "editor", EDITOR)
    page = open_page(small_site)
    page.goto("/staff/sign-in")
    fill(page, {"email": EDITOR, "password": PASSWORD})
    press(page, "サインイン")
    page.wait_for_url("**/staff/")
    return page


def press(page, name):
    page.get_by_role("button", name=name, exact=True).last.click()


def section(page, name, typed):
    """Fill one section of the campaign, reached from its menu, and save it."""
    page.locator(".editing-menu").get_by_role("link", name=name).click()
    fill(page, typed)
    press(page, "保存する")
    expect(page.get_by_role("status").first).to_have_text("保存しました。")


def rows(page, name, typed):
    """Fill rows of a section, the first row first, and save it."""
    page.locator(".editing-menu").get_by_role("link", name=name).click()
    for number, cells in enumerate(typed):
        for cell, said in cells.items():
            named(page, cell).nth(number).fill(said)
    press(page, "保存する")
    expect(page.get_by_role("status").first).to_have_text("保存しました。")


def add_cover(page):
    page.locator(".editing-menu").get_by_role("link", name="画像").click()
    chromium.drop(page.locator("[data-dropzone]"), [photo("teal")])
    press(page, "追加する")
    page.get_by_label("何が写っているか").fill("灯りの見える家")
    press(page, "表紙にする")


def add_reward(page):
    page.locator(".editing-menu").get_by_role("link", name="リターン").click()
    page.get_by_role("link", name="リターンを追加する").click()
    fill(page, {"title": "お礼状", "amount": "３，０００円", "body": "一通"})
    press(page, "保存する")


def write_campaign(page):
    """Make a campaign from nothing, by forms alone."""
    page.goto("/staff/campaigns/edit")
    page.get_by_role("link", name="新しいプロジェクト").click()
    fill(page, {"title": "冬の食料便", "slug": "winter"})
    press(page, "下書きを作る")
    section(page, "基本情報", {"summary": "年越しの食べものを届けます。", "hashtags": "食料 冬"})
    section(page, "募集期間", {"starts_on": "2020-01-01", "ends_on": "2099-12-31"})
    section(page, "目標金額", {"goal": "500,000"})
    add_cover(page)
    section(page, "本文", {"story": "# はじめに\n\n" + "食べものを届けます。" * 40 + "\n\n![](images/teal.jpg)"})
    add_reward(page)
    rows(page, "資金の使いみち", [{"budget-label": "食料", "budget-amount": "400000"}])
    rows(page, "資金の使いみち", [{}, {"budget-label": "送料", "budget-amount": "100000"}])
    rows(page, "よくあるご質問", [{"faq-question": "いつ届きますか", "faq-answer": "年末です。"}])
    section(page, "お礼のことば", {"thanks": THANKS})


def test_a_campaign_made_from_nothing_is_opened_and_pledged_to(small_site, editor, open_page):
    with small_site.inside(), transaction() as session:
        legal = [{"label": "販売事業者", "text": "団体"}]
        session.add(Site(name="団体", contact={"email": "a@example.jp"}, legal=legal))
    write_campaign(editor)
    editor.locator(".editing-menu").get_by_role("link", name="公開の準備").click()
    expect(editor.get_by_text("100%")).to_be_visible()
    press(editor, "公開する")
    expect(editor.get_by_role("status").first).to_have_text("公開しました。")

    visitor = open_page(small_site)
    visitor.goto("/c/winter/")
    visitor.locator('a[href*="pledge?reward=A"]').first.click()
    fill(visitor, TYPED | {"comment": ""})
    named(visitor, "comment").focus()
    chromium.compose(visitor, ("あ", "あか", "あかり", "灯り"), "灯りを")
    chromium.compose(visitor, ("ま", "まっ", "まって", "待って"), "待っています")
    expect(named(visitor, "comment")).to_have_value("灯りを待っています")
    named(visitor, "consent").check()
    to_confirmation(visitor)
    expect(visitor.locator("main")).to_contain_text("灯りを待っています")
    to_payment(visitor)
    pay(visitor)
    thanked(visitor)
    assert THANKS in text_of(the_mail(small_site))
    wait_until(lambda: small_site.figures("winter")["backers"] == 1, "the page counts the backer")
    visitor.goto("/c/winter/")
    expect(visitor.get_by_text("灯りを待っています").first).to_be_visible()


def write_report(page):
    """Write a report with two dropped photographs, for those who chose F, and plan it for tomorrow."""
    page.goto(f"/staff/reports/?campaign={SLUG}")
    page.get_by_role("link", name="新しい報告を書く").click()
    page.locator("button[name=kind]").first.click()
    page.locator("#title").fill("音楽会の録画")
    page.locator("#body").fill("音楽会を開きました。\n\n# 録画\n\nあいことばは「灯り」です。")
    chromium.drop(page.locator("#body"), [photo("teal"), photo("coral")])
    for words in DROPPED:
        dialog = page.locator("dialog[data-describe][open]")
        expect(dialog.locator("img")).to_have_js_property("complete", value=True)
        dialog.locator("input").fill(words)
        press(dialog, "本文に入れる")
        expect(page.locator("#body")).to_have_value(re.compile(words))
    page.get_by_label("選んだリターンの支援者").check()
    page.get_by_label("F", exact=True).check()
    page.get_by_label("公開したことをメールでお知らせする").check()
    press(page, "確認して公開へ進む")
    page.locator("[name=notify][value=yes]").check()
    page.get_by_label("日時を決めて公開する").check()
    tomorrow = clock.now() + timedelta(days=1)
    fill(page, {"day": f"{tomorrow:%Y-%m-%d}", "time": "12:00"})
    page.locator(".publish-button").click()
    expect(page.locator(".report-list")).to_contain_text("公開します")


def test_a_planned_report_with_dropped_photos_reaches_the_backers_of_f_and_no_others(small_site, editor, open_page):
    make = Factory(small_site)
    campaign = small_site.campaign
    gave = {code: make.paid(campaign, make.reward(campaign, code), email=f"{code}@example.jp") for code in "AF"}
    tokens = {code: token_for(small_site, pledge) for code, pledge in gave.items()}
    write_report(editor)
    assert small_site.work() == 0
    assert small_site.letterbox.mails == []

    small_site.change(update(Update).values(published_at=clock.now()))  # tomorrow has come
    wait_until(lambda: small_site.letterbox.to("F@example.jp"), "the backer of F is told")
    assert small_site.work() == 0
    [mail] = small_site.letterbox.mails
    [link] = re.findall(r"http://\S+/updates/1/", text_of(mail))
    reader = open_page(small_site)
    assert reader.goto(link).status == 200
    expect(reader.locator("main")).to_contain_text("あいことばは「灯り」です。")
    for words in DROPPED:
        shown = reader.get_by_alt_text(words)
        shown.scroll_into_view_if_needed()
        expect(shown).not_to_have_js_property("naturalWidth", value=0)

    assert reader.goto(f"/pledges/{tokens['A']}/updates/1/").status == 403
    expect(reader.get_by_role("heading", level=1)).to_have_text("音楽会の録画")
    expect(reader.locator("main")).to_contain_text("この報告は限定公開です")
    expect(reader.locator("main")).not_to_contain_text("あいことば")
    expect(reader.locator(".update-body img")).to_have_count(0)
    reader.goto(f"/c/{SLUG}/updates/1/")
    expect(reader.locator("main")).not_to_contain_text("あいことば")
