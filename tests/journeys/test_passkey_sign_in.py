"""Somebody of staff lets their telephone open the staff room, and later takes that back."""

from playwright.sync_api import expect

from support.databases import on_sqlite
from support.staff import PASSWORD, person

TELEPHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
EMAIL = "owner@staff.example"
HELLO = "山田 花さん、こんにちは"
BUTTON = "パスキーでサインイン"


def plug_in(page):
    """Give a page a device that makes passkeys; return what turns its owner's finger away or lets it count."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    name = device.send("WebAuthn.addVirtualAuthenticator", {"options": TELEPHONE})["authenticatorId"]

    def finger(*, known):
        device.send("WebAuthn.setUserVerified", {"authenticatorId": name, "isUserVerified": known})

    return finger


def sign_in(page):
    page.goto("/staff/sign-in")
    page.get_by_label("メールアドレス").fill(EMAIL)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="サインイン", exact=True).click()
    expect(page.get_by_role("heading", name=HELLO)).to_be_visible()


def sign_out(page):
    page.get_by_text("メニュー").click()
    page.get_by_role("button", name="サインアウト").first.click()


def begin(page, label):
    page.goto("/staff/account/")
    page.get_by_text("パスキーを追加する").click()
    page.get_by_label("パスキーの名前").fill(label)
    page.locator("#passkey-password").fill(PASSWORD)
    page.get_by_role("button", name="次へ進む").click()


@on_sqlite
def test_a_passkey_is_added_opens_the_room_and_is_removed(small_site, open_page):
    person(small_site)
    page = open_page(small_site)
    finger = plug_in(page)
    sign_in(page)

    begin(page, "仕事のスマートフォン")
    finger(known=False)
    page.get_by_role("button", name="パスキーを作る").click()
    expect(page.get_by_text("パスキーを作れませんでした。")).to_be_visible()
    finger(known=True)
    page.get_by_role("button", name="パスキーを作る").click()
    expect(page.get_by_text("パスキーを追加しました。")).to_be_visible()
    expect(page.get_by_text("仕事のスマートフォン").first).to_be_visible()
    expect(page.get_by_text("まだ使われていません")).to_be_visible()

    begin(page, "もう一度")
    page.get_by_role("button", name="パスキーを作る").click()
    expect(page.get_by_text("この端末のパスキーは、すでに追加されています。")).to_be_visible()

    page.goto("/staff/")
    sign_out(page)
    page.goto("/staff/account/")  # asked for while signed out: shown afterwards
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_role("heading", name="自分の設定")).to_be_visible()
    expect(page.get_by_text("最後の使用")).to_be_visible()

    page.get_by_text("削除する: 仕事のスマートフォン").click()
    page.get_by_role("button", name="このパスキーを削除する").click()
    expect(page.get_by_text("パスキーを削除しました。")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_role("alert").first).to_contain_text("パスキーを確認できませんでした。")
    finger(known=False)
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_text("パスキーを使えませんでした。")).to_be_visible()
    sign_in(page)


@on_sqlite
def test_without_scripts_the_door_says_nothing_of_passkeys_and_opens_by_password(small_site, open_page):
    person(small_site)
    page = open_page(small_site, javascript=False)
    page.goto("/staff/sign-in")
    expect(page.get_by_role("button", name=BUTTON)).to_be_hidden()
    sign_in(page)
    page.goto("/staff/account/")
    expect(page.get_by_text("お使いのブラウザーでは、パスキーを使えません。")).to_be_visible()
    expect(page.get_by_text("パスキーを追加する")).to_be_hidden()
