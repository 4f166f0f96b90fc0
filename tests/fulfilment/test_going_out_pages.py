"""Staff send a batch off from its page, take that back, and send rewards by mail."""

import io

import pytest
from sqlalchemy import select

from fundsite.fulfilment.models import Obligation, Shipment
from support.shipping import HOME, letters_about, locked
from support.staffroom import send, signed_in

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n"


@pytest.fixture
def browser(site):
    return signed_in(site, "fulfilment")


def statuses(site):
    return [row[0] for row in site.rows(select(Obligation.status).order_by(Obligation.id))]


def test_staff_mark_all_as_shipped_and_take_it_back_at_once_or_one_by_one(site, make, campaign, browser):
    reward = make.reward(campaign, shipping="japan")
    for _ in range(2):
        make.paid(campaign, reward, **HOME)
    page = f"/staff/shipping/batches/{locked(site, campaign)}/"
    send(browser, page, f"{page}ship", carrier="yamato")
    assert "2件（ヤマト運輸）" in browser.get(page).text
    first = site.rows(select(Shipment.id).order_by(Shipment.id))[0][0]
    send(browser, f"{page}shipments/", f"{page}shipments/{first}/undo")
    assert statuses(site) == ["owed", "shipped"]
    send(browser, page, f"{page}undo/{first}")
    assert statuses(site) == ["owed", "owed"]
    assert letters_about(site, "発送しました") == []


def test_a_carrier_that_nobody_knows_ships_nothing(site, make, campaign, browser):
    make.paid(campaign, make.reward(campaign, shipping="japan"), **HOME)
    page = f"/staff/shipping/batches/{locked(site, campaign)}/"
    send(browser, page, f"{page}ship", carrier="pigeon")
    assert statuses(site) == ["owed"]


def test_staff_write_a_reward_and_send_it(site, make, campaign, browser):
    make.paid(campaign, make.reward(campaign, "M", shipping="none"))
    page = f"/staff/shipping/batches/{locked(site, campaign, 'mail')}/"
    assert send(browser, page, f"{page}send").location.endswith("/text")
    refused = {"subject": "お礼", "body": "音源です。", "file": (io.BytesIO(b"MZ"), "virus.exe")}
    assert send(browser, f"{page}text", f"{page}text", **refused).status_code == 422
    said = {"subject": "お礼の冊子", "body": "**どうぞ。**", "file": (io.BytesIO(PDF), "冊子.pdf")}
    assert send(browser, f"{page}text", f"{page}text", **said).status_code == 303
    with browser.get(f"{page}text/file") as answer:
        assert answer.data == PDF
    send(browser, page, f"{page}send")
    assert len(letters_about(site, "お礼の冊子")) == 1
    assert "送信を始めたため" in browser.get(f"{page}text").text
    send(browser, page, f"{page}finish")
    assert "すべての発送が終わりました" in browser.get(page).text


def test_who_edits_or_keeps_the_books_may_not_ship(site, make, campaign):
    make.paid(campaign, make.reward(campaign, shipping="japan"), **HOME)
    page = f"/staff/shipping/batches/{locked(site, campaign)}/"
    for role in ("editor", "accountant"):
        other = signed_in(site, role)
        assert other.get(f"{page}papers/labels.pdf").status_code == 403
        assert other.get("/staff/shipping/tracking/").status_code == 403
        assert other.get("/staff/shipping/promises/").status_code == 403
