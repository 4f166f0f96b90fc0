"""Monthly support, by a person on a telephone: signing up, months that pass, another card, and stopping."""

import re

from playwright.sync_api import expect
from sqlalchemy import func, select

from fundsite.books.models import LedgerEntry
from fundsite.pledges.models import Pledge
from support.factories import Factory
from support.monthly import DECLINES, MonthlySite
from support.person import ROOM, fact, pay, text_of, thanked, the_mail, to_confirmation, type_details
from support.waiting import wait_until

PAGE = "/c/maitsuki/"


def test_somebody_supports_month_by_month_changes_the_card_and_stops(small_site, open_page):
    site = small_site
    with site.app.app_context():
        make = Factory(site)
        make.reward(make.campaign("maitsuki", funding="monthly", ends_at=None), amount=1_000, title="灯りの会")
    monthly, page = MonthlySite(site), open_page(site)

    page.goto(PAGE)
    page.locator('a[href*="pledge?reward=A"]').first.click()
    type_details(page)
    to_confirmation(page)
    expect(fact(page, "お支払い総額")).to_contain_text("毎月1,000円")
    expect(fact(page, "停止・解約について")).to_contain_text("いつでも停止できます")
    page.get_by_role("button", name="毎月のお支払いの手続きへ進む").click()
    page.wait_for_url("**/c/pay/cs_test_*")
    pay(page)
    thanked(page)
    [room] = ROOM.findall(text_of(the_mail(site)))
    page.goto(PAGE)
    expect(page.get_by_text("総計").first).to_be_visible()

    monthly.next_month()
    wait_until(lambda: charges(site) == 2, "the second month is in the books")
    monthly.card(DECLINES)
    monthly.next_month()
    wait_until(lambda: monthly.status() == "past_due", "the failed card is known")

    page.goto(room)
    expect(page.get_by_role("heading", name="お支払いが確認できませんでした")).to_be_visible()
    page.get_by_role("button", name="カードを変更する").click()
    page.wait_for_url("**/p/session/*")
    page.locator('[data-test="card_4242"]').click()
    expect(page.locator('[data-test="status"]')).to_have_text("継続中")
    page.locator('[data-test="onward"]').click()
    wait_until(lambda: monthly.status() == "active", "the month is paid by the other card")

    page.goto(room)
    page.get_by_role("link", name="毎月の支援をやめる").click()
    page.get_by_role("button", name="やめる").click()
    expect(page.get_by_role("heading", name="停止を受け付けました")).to_be_visible()
    expect(page.get_by_text(re.compile("に終了します。新たな決済はありません"))).to_be_visible()
    monthly.next_month()
    wait_until(lambda: monthly.status() == "ended", "the month that was paid is over")
    assert charges(site) == 3
    page.reload()
    expect(page.get_by_text("今後のお支払いはありません。")).to_be_visible()
    assert site.one(select(Pledge.counted)) is False
    assert site.command("check") == 0


def charges(site):
    return site.one(select(func.count()).select_from(LedgerEntry).where(LedgerEntry.kind == "charge"))
