"""Staff take a batch from the list of what is owed to labels, tracking numbers and mail, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from support.databases import on_sqlite
from support.factories import Factory
from support.pdf import pages_of
from support.person import fill, text_of
from support.shipping import HOME
from support.staff import PASSWORD, person
from support.waiting import wait_until

pytestmark = on_sqlite
STAFF = "shipping@staff.example"
NUMBERS = ("444413758703", "444413758714", "444413758725")


@pytest.fixture
def references(small_site):
    """Three supporters who have paid for a parcel."""
    with small_site.inside():
        make = Factory(small_site)
        reward = make.reward(small_site.campaign, "A", shipping="japan", title="手ぬぐい")
        return [make.paid(small_site.campaign, reward, **HOME).reference for _ in NUMBERS]


@pytest.fixture
def page(small_site, references, open_page):
    """Somebody of the shipping room, signed in."""
    person(small_site, "fulfilment", STAFF)
    page = open_page(small_site)
    page.goto("/staff/sign-in")
    fill(page, {"email": STAFF, "password": PASSWORD})
    press(page, "サインイン")
    page.wait_for_url("**/staff/")
    return page


def press(page, name):
    page.get_by_role("button", name=name, exact=True).last.click()


def downloaded(page, locate):
    """Press what gives a file; return its bytes."""
    with page.expect_download() as waiting:
        locate.click()
    return waiting.value.path().read_bytes()


def collect_and_lock(page):
    page.goto("/staff/shipping/")
    page.get_by_role("link", name="発送バッチを作る").click()
    fill(page, {"title": "5月の手ぬぐい"})
    page.get_by_label("宛名ラベル").check()
    press(page, "この条件で集める")
    expect(page.get_by_text("3件を集めました。")).to_be_visible()
    press(page, "知らせずに締め切る")
    expect(page.get_by_text("まだ発送の記録がないものが3件あります。")).to_be_visible()


def print_labels(page):
    page.get_by_role("link", name=re.compile("宛名ラベル、ピッキングリスト")).click()
    page.get_by_label("何枚目のラベルから").fill("12")
    return pages_of(downloaded(page, page.get_by_role("button", name="ラベルをダウンロードする")))


def import_numbers(page, references):
    page.go_back()
    page.get_by_role("link", name="追跡番号を取り込む").click()
    page.get_by_label("運送会社").select_option("yamato")
    rows = "\r\n".join(f"{one},{number}" for one, number in zip(references, NUMBERS, strict=True))
    content = f"お客様管理番号,伝票番号\r\n{rows}\r\n".encode("cp932")
    page.locator("#file").set_input_files({"name": "b2.csv", "mimeType": "text/csv", "buffer": content})
    press(page, "内容を確認する")
    expect(page.get_by_text("3件を取り込めます")).to_be_visible()
    press(page, "取り込んで、発送済みにする")
    expect(page.get_by_text("3件の追跡番号を取り込みました。")).to_be_visible()


def test_staff_take_a_batch_from_the_list_to_labels_numbers_and_mail(small_site, page, references):
    collect_and_lock(page)
    first, second = print_labels(page)
    assert first.count("〒100-0001") == 1
    assert second.count("〒100-0001") == 2
    import_numbers(page, references)
    told = wait_until(lambda: all_of(shipped_mails(small_site)), "mails that say what was shipped")
    assert sorted(number for number in NUMBERS for mail in told if number in text_of(mail)) == sorted(NUMBERS)
    page.get_by_role("link", name="5月の手ぬぐい").click()
    press(page, "このバッチを終える")
    expect(page.get_by_text("すべての発送が終わりました")).to_be_visible()
    page.get_by_role("link", name="発送したものを見る").click()
    press(page, "戻ってきた")
    expect(page.get_by_text("戻ってきたことを記録しました")).to_be_visible()
    wait_until(lambda: mails_about(small_site, "お届け先をお知らせください"), "a mail that asks for the address")


def all_of(mails):
    return mails if len(mails) == len(NUMBERS) else None


def shipped_mails(site):
    return mails_about(site, "発送しました")


def mails_about(site, words):
    return [mail for mail in site.letterbox.mails if words in str(mail["subject"])]
