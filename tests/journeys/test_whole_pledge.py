"""The whole pledge, by a person on a telephone: from the page to the mail and back to the page."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from fundsite.pledges.models import Pledge
from support.person import (
    ADDRESS,
    CAMPAIGN,
    POINTS,
    ROOM,
    SLUG,
    choose,
    fact,
    fill,
    named,
    pay,
    text_of,
    thanked,
    the_mail,
    to_confirmation,
    to_payment,
    type_details,
)
from support.waiting import wait_until

SCRIPTS = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])


def reward_now(site, code):
    return next(reward for reward in site.figures(SLUG)["rewards"] if reward["code"] == code)


@SCRIPTS
def test_somebody_pledges_is_thanked_and_counted(demo_site, open_page, javascript):
    page = open_page(demo_site, javascript=javascript)
    page.goto(CAMPAIGN)
    expect(fact(page, "支援者")).to_have_text("842人")
    before = reward_now(demo_site, "A")["pledged"]
    expect(fact(page.locator("#reward-A"), "申込数")).to_have_text(str(before))

    choose(page, "A")
    type_details(page, extra="１，０００円")
    if javascript:
        expect(page.locator("[data-total]").first).to_have_text("4,000円")
    to_confirmation(page)
    assert [point for point in POINTS if not fact(page, point).is_visible()] == []
    expect(fact(page, "お支払い総額")).to_contain_text("4,000円")
    to_payment(page)
    expect(page.get_by_text("4,000円").first).to_be_visible()
    pay(page)
    thanked(page)

    mail = the_mail(demo_site)
    [room] = ROOM.findall(text_of(mail))
    page.goto(CAMPAIGN)
    wait_until(lambda: demo_site.figures(SLUG)["backers"] == 843, "the page counts the new backer", seconds=5)
    page.reload()
    expect(fact(page, "支援者")).to_have_text("843人")
    expect(fact(page.locator("#reward-A"), "申込数")).to_have_text(str(before + 1))
    expect(page.get_by_text("灯りがともるのを楽しみにしています①◆※").first).to_be_visible()

    page.goto(room)
    fill(page, {"display_name": "見本の はな", "comment": "完成を待っています。"})
    page.get_by_role("button", name="変更を保存する").click()
    expect(page.get_by_role("status").first).to_have_text("変更を保存しました。")
    page.goto(CAMPAIGN)
    wait_until(lambda: "完成を待っています。" in page.reload().text(), "the page shows the new words", seconds=5)
    expect(page.get_by_text("見本の はな").first).to_be_visible()
    assert demo_site.command("check") == 0
    assert_nothing_private_is_logged(demo_site)


@SCRIPTS
def test_a_reward_that_is_shipped_understands_an_address_as_people_type_it(demo_site, open_page, javascript):
    page = open_page(demo_site, javascript=javascript)
    choose(page, "D")
    type_details(page, quantity="２", **ADDRESS)
    named(page, "region").select_option("東京都")
    to_confirmation(page)
    for term, understood in {
        "フリガナ": "タカハシ ハナコ",
        "電話番号": "03-1234-5678",
        "郵便番号": "123-4567",
        "お支払い総額": "20,000円",
        "建物名・部屋番号": "コーポ見本１０１",
        "メールアドレス": "hanako@example.jp",
    }.items():
        expect(fact(page, term)).to_contain_text(understood)
    to_payment(page)
    pay(page)
    thanked(page)
    assert "〒123-4567" in text_of(the_mail(demo_site))
    [(pledge,)] = demo_site.rows(select(Pledge).where(Pledge.email == "hanako@example.jp"))
    assert (pledge.quantity, pledge.total, pledge.country, pledge.region) == (2, 20_000, "JP", "東京都")
    assert demo_site.command("check") == 0
    assert_nothing_private_is_logged(demo_site)


def assert_nothing_private_is_logged(site):
    for log in site.folder.glob("*.log"):
        said = log.read_text()
        assert [word for word in ("花子", "hanako", "1234-5678", "見本町", "/pledges/") if word in said] == []
