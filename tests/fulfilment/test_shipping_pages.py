"""Staff take a batch from what is owed to the carrier's file, by the pages alone."""

import csv
import io

import pytest
from sqlalchemy import select, update

from fundsite.access import ACCOUNTANT, EDITOR, FULFILMENT
from fundsite.audit import AuditEntry
from fundsite.fulfilment.models import Batch, BatchItem
from fundsite.pledges.models import Pledge
from support.moneyroom import sent
from support.shipping import HOME, change, collected, items
from support.site import hidden_fields
from support.staffroom import send, signed_in

ROOM = "/staff/shipping/"


@pytest.fixture
def staff(site):
    return signed_in(site, FULFILMENT)


def batch_page(number, page=""):
    return f"{ROOM}batches/{number}/{page}"


def ready(site, campaign, staff, kind="clickpost"):
    """Collect and lock a batch with all that its carrier needs; return its number."""
    number = collected(site, campaign, kind)
    typed = {"title": "5月の発送", "ship_on": "2027-05-10", "contents": "書籍", "slip": "0", "freight_code": "01"}
    typed |= {"name": "ゆうげの間", "phone": "03-0000-0000", "postal_code": "100-0002", "address": "東京都千代田区1"}
    about = batch_page(number, "about")
    carried = hidden_fields(staff.get(about).text)
    assert staff.post(about, data={**carried, **typed, "customer_code": "0300000000"}).status_code == 303
    assert send(staff, batch_page(number), batch_page(number, "lock")).status_code == 303
    return number


def test_the_first_page_shows_what_is_owed_and_leads_to_a_new_batch(site, campaign, pledges, staff):
    page = staff.get(ROOM).text
    assert "A: お礼状" in page
    assert f"{ROOM}ie/new" in page
    new = f"{ROOM}ie/new"
    counted = sent(staff, new, title="5月", kind="clickpost", months=["2027-05-01"], regions=["東京都"], count="y")
    assert "3件が集まります" in counted.text
    assert site.rows(select(Batch)) == []
    carried = {name: value for name, value in hidden_fields(counted.text).items() if name in {"csrf_token", "attempt"}}
    made = staff.post(new, data={**carried, "title": "5月", "kind": "clickpost"})
    assert made.status_code == 303
    assert staff.post(new, data={**carried, "title": "5月", "kind": "clickpost"}).location == made.location
    assert len(site.rows(select(Batch))) == 1


def test_a_batch_of_nothing_is_refused(site, campaign, pledges, staff):
    refused = sent(staff, f"{ROOM}ie/new", title="5月", kind="mail")
    assert refused.status_code == 409
    assert "この条件にあうものはありません" in refused.text


def test_from_the_batch_to_the_file_that_is_the_same_twice(site, campaign, pledges, staff):
    number = ready(site, campaign, staff, "b2cloud")
    first, second = (staff.get(batch_page(number, "carrier-file")) for _ in range(2))
    assert first.status_code == 200
    assert first.data == second.data
    assert "attachment" in first.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(first.data.decode("cp932"))))
    assert [len(row) for row in rows] == [97] * 4
    assert rows[1][15] == "髙橋 花子"
    noted = site.rows(select(AuditEntry.detail).where(AuditEntry.action == "batch.file"))
    assert [row.detail for row in noted] == [{"format": "b2cloud", "items": 3}] * 2


def test_what_the_carrier_cannot_print_is_put_right_before_there_is_a_file(site, campaign, pledges, staff):
    change(site, pledges[0], name="𠮷田 花子")
    change(site, pledges[1], name="♡山 花子")
    number = ready(site, campaign, staff)
    assert staff.get(batch_page(number, "carrier-file")).status_code == 409
    check = staff.get(batch_page(number, "check")).text
    assert "使えない文字があります" in check
    assert "候補がありません" in check
    assert send(staff, batch_page(number, "check"), batch_page(number, "check/proposals")).status_code == 303
    item = f"{batch_page(number)}items/{items(site, number)[1].id}/"
    typed = {"honorific": "様", **{name: HOME[name] for name in ("phone", "postal_code", "region", "city", "line1")}}
    assert sent(staff, item, name="高山 花子", line2="", **typed).status_code == 303
    made = staff.get(batch_page(number, "carrier-file")).data.decode("cp932")
    assert "吉田 花子" in made
    assert "高山 花子" in made
    assert site.one(select(Pledge.name).where(Pledge.id == pledges[0].id)) == "𠮷田 花子"


def test_a_refund_after_the_lock_stops_the_file_until_the_parcel_is_taken_out(site, campaign, pledges, staff):
    number = ready(site, campaign, staff)
    assert staff.get(batch_page(number, "carrier-file")).status_code == 200
    change(site, pledges[1], status="refunded")
    site.work()
    assert staff.get(batch_page(number, "carrier-file")).status_code == 409
    assert "返金されました" in staff.get(batch_page(number, "check")).text
    out = f"{batch_page(number)}items/{items(site, number)[1].id}/out"
    assert send(staff, batch_page(number, "check"), out).status_code == 303
    assert staff.get(batch_page(number, "carrier-file")).data.count(b"\r\n") == 3


def test_missing_and_unlikely_postal_codes_are_named(site, campaign, pledges, staff):
    change(site, pledges[0], postal_code="")
    change(site, pledges[1], postal_code="900-0001")
    change(site, pledges[2], postal_code="999-9999")
    number = collected(site, campaign, "b2cloud")
    check = staff.get(batch_page(number, "check")).text
    assert "郵便番号: 入力がありません。" in check
    assert "この郵便番号の地域（沖縄県那覇市）と、住所が違うようです。" in check
    assert "郵便番号の一覧にありません。" in check


def test_what_is_too_long_is_named_and_a_long_address_is_split_before_ones_eyes(site, campaign, pledges, staff):
    change(site, pledges[0], name="あ" * 21)
    change(site, pledges[1], line1="千代田見本が丘字見本沢西一条南十二丁目100-2")
    change(site, pledges[2], line1="あ" * 90)
    number = collected(site, campaign, "clickpost")
    check = staff.get(batch_page(number, "check")).text
    assert "お名前: 長すぎます（20文字まで）。" in check
    assert "次のように分けます" in check
    assert "住所が長すぎて" in check


def test_what_is_missing_for_the_whole_batch_stands_on_its_page(site, campaign, pledges, staff):
    number = collected(site, campaign, "b2cloud")
    assert "発送予定日" in staff.get(batch_page(number)).text.partition("ご入力ください: ")[2]


def test_a_correction_of_an_address_that_the_supporter_just_changed_is_refused(site, campaign, pledges, staff):
    number = collected(site, campaign)
    item = f"{batch_page(number)}items/{items(site, number)[0].id}/"
    carried = hidden_fields(staff.get(item).text)
    change(site, pledges[0], line1="霞が関9-9")
    typed = {"name": "高橋", "honorific": "様", "region": "東京都", "city": "千代田区", "line1": "千代田1"}
    refused = staff.post(item, data={**carried, **typed})
    assert refused.status_code == 409
    assert "支援者がお届け先を変更しました" in refused.text
    assert "霞が関9-9" in refused.text


def test_a_step_that_another_member_took_is_not_taken_again(site, campaign, pledges, staff):
    number = ready(site, campaign, staff)
    again = send(staff, batch_page(number, "about"), batch_page(number, "lock"))
    assert again.status_code == 409
    assert "ほかのスタッフが先に進めたようです" in again.text
    site.change(update(BatchItem).values(recipient=None))  # whatever happened, the page of a broken batch still opens
    assert staff.get(ROOM).status_code == 200


def test_a_batch_that_is_not_there_is_not_found(site, campaign, pledges, staff):
    assert staff.get(batch_page(99)).status_code == 404
    assert staff.get(batch_page(99, "items/1/")).status_code == 404


@pytest.mark.parametrize("role", [EDITOR, ACCOUNTANT])
def test_only_those_who_ship_see_addresses(site, campaign, pledges, role):
    number = collected(site, campaign)
    browser = signed_in(site, role)
    for page in (ROOM, batch_page(number), batch_page(number, "check"), batch_page(number, "carrier-file")):
        assert browser.get(page).status_code == 403
