"""The pages of the receipts: staff issue, print, void; the worker issues in bulk; the supporter gets the file."""

import csv
import io
import re
import zipfile

import pytest
from sqlalchemy import select

from fundsite.audit import AuditEntry
from fundsite.db import db
from fundsite.pledges.access import token_hash, token_of
from fundsite.receipts.links import mailed_url, receipts_of
from fundsite.receipts.models import DONATION, SUPPORTER, Addressee, Receipt, ReceiptRun
from fundsite.receipts.runs import RunOrder, ask_for_run, issue_asked
from fundsite.supporters.erasing import erase_person
from fundsite.supporters.everything import everything_about
from support.moneyroom import sent
from support.pdf import pages_of, words_of
from support.receipts import HOME, YEAR, booked, certified, changed, issued, paid_pledge
from support.site import hidden_fields
from support.staff import person, signed_in

CHOICE = "/staff/receipts/new/?reference={}&kind=receipt&per=pledge&from_on=2026-01-01&to_on=2026-12-31"
RUN = "/staff/receipts/runs/preview?campaign=&kind=receipt&per=supporter&from_on=2026-01-01&to_on=2026-12-31"


@pytest.fixture
def staff(site):
    certified(site)
    return person(site, "accountant")


@pytest.fixture
def browser(site, staff):
    return signed_in(site, staff)


@pytest.fixture
def campaign(make):
    return make.campaign()


def label_of(site, receipt):
    return site.one(select(Receipt).where(Receipt.id == receipt)).label


def acts(site):
    with site.inside():
        return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_staff_choose_look_issue_and_print(site, make, campaign, browser):
    pledge = paid_pledge(site, make, campaign)
    assert "¥" not in browser.get("/staff/receipts/new/").text
    page = CHOICE.format(pledge.reference.lower())
    assert "3,000円" in browser.get(page).text
    to = {"name": "株式会社ゆうげ", "honorific": "御中", "address": "東京都見本区", "sends_mail": "y"}
    reply = browser.post(page, data={**hidden_fields(browser.get(page).text), **to})
    assert reply.status_code == 303, reply.text
    shown = browser.get(reply.location)
    assert "株式会社ゆうげ 御中" in shown.text
    file = browser.get(f"{reply.location}receipt.pdf")
    assert file.content_type == "application/pdf"
    assert "no-store" in file.headers["Cache-Control"]
    assert "株式会社ゆうげ" in words_of(file.data)
    assert acts(site)[-2:] == ["receipt.issued", "receipt.downloaded"]
    listed = browser.get("/staff/receipts/?q=ゆうげ").text
    assert label_of(site, 1) in listed
    assert label_of(site, 1) not in browser.get("/staff/receipts/?q=ほかの").text
    for words in (pledge.reference, label_of(site, 1), pledge.email.upper(), "𠮷田"):
        assert label_of(site, 1) in browser.get("/staff/receipts/", query_string={"q": words}).text


def test_a_second_click_issues_nothing_more(site, make, campaign, browser):
    pledge = paid_pledge(site, make, campaign)
    page = CHOICE.format(pledge.reference)
    typed = {"name": "𠮷田 はな", "honorific": "様", "address": ""}
    form = browser.get(page).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)[1]
    replies = [browser.post(page, data={"csrf_token": token, **typed}).status_code for _ in range(2)]
    assert replies == [303, 409]


def test_what_does_not_fit_is_said_and_nothing_is_issued(site, make, campaign, browser):
    assert browser.get(CHOICE.format("XXXX-XXXX")).status_code == 422
    backwards = CHOICE.format("XXXX-XXXX").replace("2026-12-31", "2025-12-31")
    assert "終わりの日は、はじまりの日より後にしてください。" in browser.get(backwards).text
    pledge = paid_pledge(site, make, campaign)
    page = CHOICE.format(pledge.reference)
    assert sent(browser, page, name="", honorific="様").status_code == 422
    empty = make.paid(campaign)
    assert "まだ領収書を出していない入金がありません" in browser.get(CHOICE.format(empty.reference)).text


def test_reissue_and_void_from_the_page(site, make, campaign, browser, staff):
    receipt = issued(site, paid_pledge(site, make, campaign), staff)
    page = f"/staff/receipts/{receipt}/"
    sent(browser, page, f"{page}reissue")
    assert "再発行" in words_of(browser.get(f"{page}receipt.pdf").data)
    assert "再発行" not in words_of(browser.get(f"{page}receipt.pdf?copy=0").data)
    assert sent(browser, page, f"{page}void", reason="").status_code == 422
    sent(browser, page, f"{page}void", reason="宛名の訂正のため")
    assert "宛名の訂正のため" in browser.get(page).text
    assert "無効" in browser.get("/staff/receipts/?status=void").text
    assert label_of(site, receipt) not in browser.get("/staff/receipts/?status=issued").text


def test_a_refund_after_the_issue_is_seen_in_the_list(site, make, campaign, browser, staff):
    pledge = paid_pledge(site, make, campaign)
    receipt = issued(site, pledge, staff)
    assert "返金あり" not in browser.get("/staff/receipts/").text
    booked(site, pledge, -1_000, "refund")
    assert "返金あり" in browser.get("/staff/receipts/?status=outdated").text
    assert "金額が実際と合わない" in browser.get(f"/staff/receipts/{receipt}/").text


def test_a_run_issues_what_can_be_issued_says_who_lacks_what_and_goes_on_after_a_death(site, make, campaign, browser):
    for number in range(3):
        paid_pledge(site, make, campaign, email="a@example.jp" if number < 2 else "b@example.jp")
    nameless = make.paid(campaign, name="")
    booked(site, nameless)
    page = browser.get(RUN).text
    assert "2枚" in page
    assert nameless.reference in page
    reply = sent(browser, RUN)
    with site.inside():
        issue_asked()
        issue_asked()
    run = browser.get(reply.location).text
    assert "2枚" in run
    assert "1件" in run
    printed = browser.get(f"{reply.location}print.pdf?part=0").data
    assert len(pages_of(printed)) == 2
    with zipfile.ZipFile(io.BytesIO(browser.get(f"{reply.location}receipts.zip").data)) as archive:
        assert archive.namelist() == [f"{label_of(site, 1)}.pdf", f"{label_of(site, 2)}.pdf"]
    assert acts(site)[-2:] == ["receipts.exported", "receipts.exported"]


def test_a_run_that_died_halfway_issues_nothing_twice(site, make, campaign, staff, monkeypatch):
    for _ in range(3):
        paid_pledge(site, make, campaign)
    order = RunOrder("receipt", SUPPORTER, *YEAR, sends_mail=True)
    with site.inside():
        run = ask_for_run(order, "once", staff)
        assert ask_for_run(order, "once", staff) == run
        with monkeypatch.context() as dying:
            dying.setattr("fundsite.receipts.runs._note", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                issue_asked()
        issue_asked()
        assert list(db.session.scalars(select(Receipt.number).order_by(Receipt.number))) == [1, 2, 3]
        assert db.session.get_one(ReceiptRun, run).done_at is not None


def test_the_mail_leads_to_the_file_and_nowhere_else(site, make, campaign, staff):
    pledge = paid_pledge(site, make, campaign)
    receipt = issued(site, pledge, staff, sends_mail=True)
    site.work()
    mail = site.letterbox.mails[-1]
    text = mail.get_body(("plain",)).get_content()
    path = re.search(r"http://localhost(/\S+)", text)[1]
    visitor = site.browser()
    assert label_of(site, receipt) in words_of(visitor.get(path).data)
    assert visitor.get(path.replace(f"/{receipt}-", f"/{receipt + 1}-")).status_code == 404
    booked(site, pledge, -1_000, "refund")
    assert visitor.get(path).status_code == 404


def test_a_room_offers_the_receipts_of_its_own_pledge_alone(site, make, campaign, staff):
    pledges = []
    for _ in range(2):
        pledge = paid_pledge(site, make, campaign, email="a@example.jp")
        with site.inside():
            token = token_of(pledge.reference)
        changed(site, pledge, token_hash=token_hash(token))
        pledges.append((pledge, token))
    (first, token), (second, other) = pledges
    alone = issued(site, first, staff)
    visitor = site.browser()
    assert visitor.get(f"/pledges/{token}/receipt/{label_of(site, alone)}.pdf").status_code == 200
    assert label_of(site, alone) in visitor.get(f"/pledges/{token}/").text
    assert label_of(site, alone) not in visitor.get(f"/pledges/{other}/").text
    assert visitor.get(f"/pledges/{other}/receipt/{label_of(site, alone)}.pdf").status_code == 404
    booked(site, first, 500, source="more")
    together = issued(site, second, staff, per=SUPPORTER)
    with site.inside():
        assert [one.id for one in receipts_of(first.id)] == [alone]
        assert receipts_of(second.id) == []
        path = mailed_url(together, "ja").partition("localhost")[2]
    assert visitor.get(path).status_code == 200


def test_the_list_of_donors_counts_gifts_of_known_people(site, make, campaign, browser):
    reward = make.reward(campaign, amount=5_000, consideration=3_000)
    paid_pledge(site, make, campaign, reward, email="a@example.jp", name="𠮷田 はな")
    paid_pledge(site, make, campaign, email="a@example.jp", name="𠮷田はな", extra=1_000, total=1_000)
    booked(site, make.paid(campaign, name="", email="c@example.jp"))
    paid_pledge(site, make, campaign, email="d@example.jp", name="=1+1", extra=2_999, total=2_999)
    reply = browser.get("/staff/receipts/donors/file?from_on=2026-01-01&to_on=2026-12-31")
    lines = list(csv.reader(io.StringIO(reply.data.decode("utf-8-sig"))))[1:]
    assert [(line[0], line[2], line[6], line[7]) for line in lines] == [
        ("", "3000", "3000", ""),
        ("'=1+1", "2999", "2999", ""),
        ("𠮷田 はな", "2000", "3000", "○"),
        ("𠮷田はな", "1000", "3000", "○"),
    ]
    assert HOME["line2"] in lines[2][1]
    book = browser.get("/staff/receipts/donors/file?as=xlsx&from_on=2026-01-01&to_on=2026-12-31")
    with zipfile.ZipFile(io.BytesIO(book.data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>2999</v>" in sheet
    assert "<f>" not in sheet
    assert acts(site)[-2:] == ["donors.exported", "donors.exported"]


@pytest.mark.parametrize("role", ["editor", "fulfilment"])
def test_roles_without_money_see_none_of_it(site, make, campaign, staff, role):
    receipt = issued(site, paid_pledge(site, make, campaign), staff, DONATION)
    browser = signed_in(site, person(site, role))
    for path in ("", f"{receipt}/", f"{receipt}/receipt.pdf", "new/", "runs/", "donors/"):
        assert browser.get(f"/staff/receipts/{path}").status_code == 403


def test_the_list_of_donors_keeps_name_and_address_of_a_receipt_when_the_pledge_has_forgotten_them(
    site, make, campaign, staff, browser
):
    pledge = paid_pledge(site, make, campaign)
    issued(site, pledge, staff)
    asked = {"name": "株式会社ゆうげ", "honorific": "御中", "address": "東京都"}
    other = paid_pledge(site, make, campaign)
    issued(site, other, staff, recipient=asked)
    with site.inside():
        assert everything_about(pledge.id, staff, "file")["receipt"][0]["recipient"]["name"] == "𠮷田 はな"
        erase_person(pledge.id, staff)
        erase_person(other.id, staff)
        assert db.session.scalars(select(Addressee)).all() == []
    reply = browser.get("/staff/receipts/donors/file?from_on=2026-01-01&to_on=2026-12-31").data.decode("utf-8-sig")
    assert "𠮷田 はな" in reply
    assert HOME["line2"] in reply
    assert "株式会社ゆうげ" in reply
