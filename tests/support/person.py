"""What a supporter does on the pages, by labels, names and links as they stand there."""

import re

from playwright.sync_api import expect

from support.waiting import wait_until

CAMPAIGN = "/c/yuuge-no-ie/"
SLUG = "yuuge-no-ie"
POINTS = ("数量", "お支払い総額", "お支払いの時期・方法", "お届けの時期", "申込期間", "撤回・解除について")
TYPED = {
    "name": "髙橋　花子",
    "email": "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ",
    "comment": "灯りがともるのを楽しみにしています①◆※",
    "display_name": "はなこ",
}
ADDRESS = {
    "kana": "ﾀｶﾊｼ ﾊﾅｺ",
    "phone": "０３ー１２３４ー５６７８",
    "postal_code": "〒１２３－４５６７",
    "city": "見本区",
    "line1": "見本町１ー２ー３",
    "line2": "ｺｰﾎﾟ見本１０１",
}
CARD = {"card_number": "4242 4242 4242 4242", "exp": "12 / 34", "cvc": "123", "cardholder": "HANAKO TAKAHASHI"}
ROOM = re.compile(r"https?://\S+/pledges/[\w-]+/(?=\s)")


def named(page, name):
    return page.locator(f'[name="{name}"]:not([type="hidden"])')


def fact(scope, term):
    """Return the figure beside a term of a list of facts."""
    return scope.locator(f'xpath=.//dt[normalize-space()="{term}"]/following-sibling::dd[1]').first


def choose(page, code):
    """Open the campaign and choose a reward."""
    page.goto(CAMPAIGN)
    page.locator(f'a[href*="pledge?reward={code}"]').first.click()


def fill(page, values):
    for name, value in values.items():
        named(page, name).fill(value)


def type_details(page, **more):
    fill(page, TYPED | more)
    named(page, "consent").check()


def to_confirmation(page):
    page.get_by_role("button", name="確認画面へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("内容のご確認")


def to_payment(page):
    page.get_by_role("button", name="お支払いへ進む").click()
    page.wait_for_url("**/c/pay/cs_test_*")


def pay(page, number=CARD["card_number"]):
    fill(page, CARD | {"card_number": number})
    page.get_by_role("button", name=re.compile("^(支払う|申し込む)")).click()


def up_to_payment(page, code="A", **more):
    choose(page, code)
    type_details(page, **more)
    to_confirmation(page)
    to_payment(page)


def thanked(page):
    expect(page.get_by_role("heading", level=1)).to_have_text("髙橋 花子様、ありがとうございます")
    assert page.url.endswith("/thanks")


def the_mail(site, address="hanako@example.jp"):
    """Return the one mail to somebody, once nothing is on its way any more."""
    wait_until(lambda: site.letterbox.to(address), "the thank-you mail")
    assert site.work() == 0
    [mail] = site.letterbox.to(address)
    return mail


def text_of(mail):
    return mail.get_body(("plain",)).get_content()
