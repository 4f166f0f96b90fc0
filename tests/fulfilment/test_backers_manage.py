"""The backer list in the staff room: whoever is looked for is found; nothing personal stands in an address or a log."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from fundsite import clock
from fundsite.access import ACCOUNTANT, EDITOR, FULFILMENT
from fundsite.audit import AuditEntry
from fundsite.fulfilment.backer_index import keep_index
from fundsite.fulfilment.backer_models import BackerIndex, BackerView, SameBacker
from fundsite.pledges.models import Pledge
from fundsite.supporters.erasing import erase_person
from fundsite.supporters.retention import erase_old_addresses
from support.databases import on_sqlite
from support.moneyroom import sent
from support.parcels import Parcels
from support.site import hidden_fields
from support.staffroom import signed_in

LIST = "/staff/backers/"


def found(browser, **asked):
    """Ask the list's form; return the references that it shows, the newest first."""
    reply = browser.post(LIST, data={**hidden_fields(browser.get(LIST).text), **asked})
    assert reply.status_code == 303, reply.text
    assert not any(word in reply.location for word in asked.values() if not str(word).isascii())
    address = urlsplit(reply.location)
    page = browser.get(f"{address.path}?{address.query}")
    assert page.status_code == 200
    return re.findall(rf'href="{LIST}(TEST-\d{{4}})/"', page.text)


@pytest.fixture
def people(site, make):
    """Three supporters of two rewards and one who left."""
    campaign = make.campaign()
    parcel = make.reward(campaign, "A", shipping="japan", questions=[{"label": "サイズ"}])
    letter = make.reward(campaign, "B", amount=5_000)
    make.paid(
        campaign,
        parcel,
        name="髙橋 はなこ",
        kana="タカハシ ハナコ",
        email="hana@example.jp",
        phone="03-1234-5678",
        postal_code="100-0001",
        region="東京都",
        city="千代田区",
        line1="見本町1-2-3",
        country="JP",
        answers=[{"question": "サイズ", "answer": "Ｌ サイズ"}],
        memo="=電話済み",
    )
    make.paid(campaign, parcel, name="ヤマダ 太郎", email="taro@example.jp", country="US", region="CA")
    make.paid(campaign, letter, name="O'Brien %", email="ob@example.jp")
    make.paid(campaign, name="見本 去郎", status="canceled", paid_at=None, counted_at=None)
    return campaign


@pytest.mark.parametrize(
    "typed",
    [
        "ﾀｶﾊｼ",
        "タカハシ",
        "たかはし",
        "髙橋はなこ",
        "高橋 花"[:2],
        "HANA@",
        "０３１２３４",
        "TEST0001",
        "1000001",
        "電話",
    ],
)
def test_a_supporter_is_found_however_they_are_typed(site, people, typed):
    assert found(signed_in(site, FULFILMENT), text=typed) == ["TEST-0001"]


def test_signs_of_the_database_are_letters_like_others(site, people):
    browser = signed_in(site, FULFILMENT)
    assert found(browser, text="%") == ["TEST-0003"]
    assert found(browser, text="o'brien") == ["TEST-0003"]
    assert found(browser, text="_") == []


def test_filters_find_whom_they_name(site, people):
    campaign = people
    browser = signed_in(site, ACCOUNTANT)
    assert found(browser) == ["TEST-0003", "TEST-0002", "TEST-0001"], "who left is no backer"
    for asked, who in (
        ({"campaign": campaign.id}, [3, 2, 1]),
        ({"campaign": 99}, []),
        ({"reward": "A"}, [2, 1]),
        ({"reward": "-", "status": "canceled"}, [4]),
        ({"status": "paid"}, [3, 2, 1]),
        ({"month": "2027-05"}, [3, 2, 1]),
        ({"month": "2027-06"}, []),
        ({"region": "東京都"}, [1]),
        ({"country": "abroad"}, [2]),
        ({"shipping": "owed"}, [2, 1]),
        ({"address": "missing"}, [2]),
        ({"address": "given"}, [1]),
        ({"least": "５，０００円"}, [3]),
        ({"most": "4999"}, [2, 1]),
        ({"since": "2020-01-01", "until": "2020-12-31"}, []),
        ({"since": "2020-01-01"}, [3, 2, 1]),
        ({"question": "サイズ", "answer": "サイズ"}, [1]),
        ({"question": "サイズ", "answer": "M"}, []),
        ({"question": "サイズ"}, [1]),
        ({"month": "nonsense", "since": "2020-13-45", "least": "many"}, [3, 2, 1]),
    ):
        assert found(browser, **asked) == [f"TEST-{number:04}" for number in who], asked


@on_sqlite
def test_what_is_changed_is_found_by_its_new_words_at_once(site, people):
    browser = signed_in(site, FULFILMENT)
    assert found(browser, text="太郎") == ["TEST-0002"]
    sent(browser, "/staff/backers/TEST-0002/", "/staff/backers/TEST-0002/memo", memo="引っ越し\n済み")
    assert found(browser, text="引っ越し") == ["TEST-0002"]
    assert site.one(select(Pledge.memo).where(Pledge.reference == "TEST-0002")) == "引っ越し\n済み"
    acts = site.rows(select(AuditEntry.object_id, AuditEntry.detail).where(AuditEntry.action == "pledge.memo"))
    assert acts == [("TEST-0002", {})], "the note itself is in no log"
    sent(browser, "/staff/backers/TEST-0002/", "/staff/backers/TEST-0002/memo", memo="引っ越し\n済み")
    assert len(site.rows(select(AuditEntry).where(AuditEntry.action == "pledge.memo"))) == 1
    site.change(update(BackerIndex).values(said=""))
    site.change(BackerIndex.__table__.delete())
    with site.inside():
        keep_index()
        keep_index()
    assert found(browser, text="引っ越し") == ["TEST-0002"], "the index can be made anew"


@on_sqlite
def test_pages_follow_each_other_without_gap(site, make):
    campaign = make.campaign()
    for _ in range(103):
        make.paid(campaign)
    browser, address, seen = signed_in(site), LIST, []
    for _ in range(3):
        page = browser.get(address).text
        seen += re.findall(rf'href="{LIST}(TEST-\d{{4}})/"', page)
        following = re.search(r'rel="next"\s+href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else None
    assert seen == [f"TEST-{number:04}" for number in range(103, 0, -1)]
    assert address is None


@on_sqlite
def test_a_filter_keeps_its_name_for_all_who_see_the_list(site, people):
    browser = signed_in(site, FULFILMENT)
    listed = sent(browser, LIST, text="たかはし", reward="A")
    reply = sent(browser, listed.location, "/staff/backers/views", name="Aの高橋さん")
    assert reply.status_code == 303
    number = site.one(select(BackerView.id))
    colleague = signed_in(site, ACCOUNTANT)
    assert "Aの高橋さん" in colleague.get(LIST).text
    shown = colleague.get(colleague.get(f"/staff/backers/views/{number}").location).text
    assert re.findall(rf'href="{LIST}(TEST-\d{{4}})/"', shown) == ["TEST-0001"]
    sent(browser, listed.location, "/staff/backers/views", name="Aの高橋さん")
    assert len(site.rows(select(BackerView))) == 1
    for _ in range(2):
        assert sent(browser, LIST, f"/staff/backers/views/{number}/drop").status_code == 303
    assert not site.rows(select(BackerView))
    assert colleague.get(f"/staff/backers/views/{number}").status_code == 404


@on_sqlite
def test_one_page_says_everything_about_a_supporter_and_moves_no_money(site, people):
    page = signed_in(site, FULFILMENT).get("/staff/backers/TEST-0001/").text
    for said in (
        "髙橋 はなこ",
        "タカハシ ハナコ",
        "03-1234-5678",
        "100-0001",
        "東京都千代田区見本町1-2-3",
        "Ｌ サイズ",
        "3,000円",
    ):
        assert said in page
    assert "/staff/money/" not in page
    assert "/staff/money/pledges/TEST-0001/" in signed_in(site, ACCOUNTANT).get("/staff/backers/TEST-0001/").text
    assert signed_in(site, FULFILMENT).get("/staff/backers/NONE-0001/").status_code == 404


@on_sqlite
def test_who_edits_texts_sees_no_supporter(site, people):
    browser = signed_in(site, EDITOR)
    for address in (LIST, "/staff/backers/TEST-0001/", "/staff/backers/same/", "/staff/backers/exports/"):
        assert browser.get(address).status_code == 403
    assert "支援者一覧" not in browser.get("/staff/").text


def groups(site):
    return dict(site.rows(select(SameBacker.pledge_id, SameBacker.group_id)))


def test_pledges_that_look_alike_are_noted_as_one_supporters_and_it_can_be_taken_back(site, make):
    campaign = make.campaign()
    home = {"postal_code": "100-0001", "region": "東京都", "city": "千代田区", "line1": "見本町１−２"}
    make.paid(campaign, name="髙橋 花子", email="A@example.jp", **home)
    make.paid(campaign, name="高橋花子", email="other@example.jp", **{**home, "line1": "見本町1-2"})
    make.paid(campaign, name="別人", email="a@EXAMPLE.jp")
    make.paid(campaign, name="別人", email="a@example.jp", status="expired", paid_at=None, counted_at=None)
    browser, page = signed_in(site, FULFILMENT), "/staff/backers/same/"
    by_email = browser.get(page).text
    assert "TEST-0001" in by_email
    assert "TEST-0003" in by_email
    assert "TEST-0004" not in by_email, "what never came to anything is nobody's double"
    by_place = browser.get(f"{page}?kind=place").text
    assert "TEST-0002" in by_place
    assert "TEST-0003" not in by_place
    for _ in range(2):
        sent(browser, page, f"{page}one", reference=["TEST-0003", "TEST-0001"])
        assert groups(site) == {1: 1, 3: 1}
    assert "TEST-0001" not in browser.get(page).text
    sent(browser, f"{page}?kind=place", f"{page}one", reference=["TEST-0001", "TEST-0002"])
    assert groups(site) == {1: 1, 2: 1, 3: 1}, "whoever was with one of them stays with both"
    assert "TEST-0003" in browser.get("/staff/backers/TEST-0002/").text
    sent(browser, "/staff/backers/TEST-0002/", f"{page}apart", apart="TEST-0001", back="TEST-0002")
    assert groups(site) == {2: 2, 3: 2}
    sent(browser, "/staff/backers/TEST-0002/", f"{page}apart", apart="TEST-0002", back="TEST-0002")
    assert groups(site) == {}
    assert sent(browser, page, f"{page}one", reference="TEST-0001").status_code == 303
    assert groups(site) == {}, "one alone is nobody's double"
    key = re.search(r'name="key" value="([0-9a-f]+)"', browser.get(page).text)[1]
    for _ in range(2):
        sent(browser, page, f"{page}different", kind="email", key=key)
    assert "TEST-0001" not in browser.get(page).text


@on_sqlite
def test_what_is_erased_is_found_no_more(site, make):
    gone = make.paid(make.campaign(), name="髙橋 花子", line1="見本町1-2-3")
    browser = signed_in(site, FULFILMENT)
    assert found(browser, text="見本町") == ["TEST-0001"]
    with site.inside():
        erase_person(gone.id, 1)
    assert "見本町" not in site.one(select(BackerIndex.said))
    assert found(browser, text="花子") == []
    assert found(browser, text="TEST-0001") == ["TEST-0001"]


@on_sqlite
def test_an_address_that_is_old_enough_is_found_no_more(site, make):
    parcels = Parcels(site, make)
    pledge, _room = parcels.supporter()
    parcels.send(parcels.owe(pledge), at=clock.now() - timedelta(days=100))
    browser, settings = signed_in(site, FULFILMENT), site.app.extensions["fundsite.settings"]
    assert "見本町" in pledge.line1
    browser.get(LIST)
    assert "見本町" in site.one(select(BackerIndex.said))
    site.app.extensions["fundsite.settings"] = replace(settings, retention_months=1)
    with site.inside():
        assert erase_old_addresses() == 1
    browser.get(LIST)
    assert "見本町" not in site.one(select(BackerIndex.said))
