"""A new colleague comes in for the first time: invited by mail, with codes from a telephone."""

import re
import time

import pyotp
from playwright.sync_api import expect

from support.databases import on_sqlite
from support.staff import PASSWORD, person
from support.waiting import wait_until

GUEST = "yamada@staff.example"


def sign_in(page, email):
    page.goto("/staff/sign-in")
    page.get_by_label("メールアドレス").fill(email)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="サインイン", exact=True).click()


@on_sqlite
def test_first_sign_in_with_totp(small_site, open_page):
    person(small_site, "owner")
    owner = open_page(small_site)
    sign_in(owner, "owner@staff.example")
    owner.get_by_text("メニュー").click()
    owner.get_by_role("link", name="スタッフ", exact=True).first.click()
    owner.get_by_label("メールアドレス").fill(GUEST)
    owner.get_by_role("button", name="招待する").click()
    expect(owner.get_by_text("招待のメールをお送りします。")).to_be_visible()
    owner.get_by_label("スタッフ全員に2段階認証を求める").check()
    owner.get_by_role("button", name="設定を保存する").click()
    expect(owner.get_by_role("heading", name="2段階認証の設定")).to_be_visible()

    wait_until(lambda: small_site.letterbox.to(GUEST), "the invitation arrives")
    guest = open_page(small_site)
    mail = small_site.letterbox.to(GUEST)[0].get_body(("plain",)).get_content()
    guest.goto(re.search(r"http://\S+", mail)[0])
    guest.get_by_label("お名前").fill("山田 太郎")
    guest.get_by_label("新しいパスワード", exact=False).first.fill(PASSWORD)
    guest.get_by_label("新しいパスワード（確認）").fill(PASSWORD)
    guest.get_by_role("button", name="登録してはじめる").click()

    expect(guest.get_by_role("heading", name="2段階認証の設定")).to_be_visible()
    guest.get_by_text("読み取れないとき").click()
    totp = pyotp.TOTP(guest.locator("[data-secret]").inner_text().replace(" ", ""))
    guest.get_by_label("確認コード").fill(totp.now())
    guest.get_by_label("いまのパスワード").fill(PASSWORD)
    guest.get_by_role("button", name="設定する").click()
    expect(guest.locator(".recovery li")).to_have_count(10)
    guest.get_by_role("link", name="保管しました").click()
    expect(guest.get_by_role("heading", name="山田 太郎さん、こんにちは")).to_be_visible()
    guest.get_by_text("メニュー").click()
    guest.get_by_role("button", name="サインアウト").click()

    sign_in(guest, GUEST)
    expect(guest.get_by_role("heading", name="確認コードを入力してください")).to_be_visible()
    guest.goto("/staff/")
    expect(guest.get_by_role("heading", name="スタッフのサインイン")).to_be_visible()
    guest.goto("/staff/sign-in/code")
    guest.get_by_label("確認コード").fill(totp.at(int(time.time()) + totp.interval))
    guest.get_by_role("button", name="確認する").click()
    expect(guest.get_by_role("heading", name="山田 太郎さん、こんにちは")).to_be_visible()
