"""Tracking numbers from a file are shown first, and then applied as they were shown, or not at all."""

import csv
import io

import pytest
from sqlalchemy import select

from fundsite.csv_upload import BadFile, text_of
from fundsite.fulfilment import shipping, tracking
from fundsite.fulfilment.check import shipping_differences
from fundsite.fulfilment.errors import Overtaken
from fundsite.fulfilment.models import Obligation, Shipment
from fundsite.fulfilment.tracking_file import LARGEST, Columns, columns_of, pairs_of, table_of_file
from support.shipping import HOME, change, letters_about, locked, plain
from support.site import hidden_fields
from support.staffroom import send, signed_in

PAGE = "/staff/shipping/tracking/"
GOOD = ("444413758703", "444413758714", "444413758725")


@pytest.fixture
def pledges(make, campaign):
    reward = make.reward(campaign, shipping="japan")
    references = ("7K3M-9Q2X", "8K3M-9Q2X", "9K3M-9Q2X")
    return [make.paid(campaign, reward, reference=one, **{**HOME, "name": f"見本 {one[0]}"}) for one in references]


@pytest.fixture
def batch(site, campaign, pledges):
    return locked(site, campaign, "b2cloud")


def act(site, what, *args, **more):
    with site.inside():
        return what(*args, **more)


def b2(rows, *, header=True):
    """Write B2クラウド's file of what it has issued: our number in column 1, its own in column 4."""
    names = [f"項目{place}" for place in range(97)]
    names[0], names[3] = "お客様管理番号", "伝票番号"
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if header:
        writer.writerow(names)
    for reference, number in rows:
        writer.writerow([reference, "0", "0", number, "2027/05/01", *[""] * 92])
    return out.getvalue()


def pairs(site, content):
    lines = table_of_file(content)
    columns = columns_of(lines)
    return act(site, pairs_of, lines, columns, lambda: list(tracking.homes()))


def planned(site, rows, carrier="yamato"):
    found = pairs(site, b2(rows))
    return found, act(site, tracking.plan_of, found, carrier)


def states(plan):
    return [match.state for match in plan.matches]


def uploaded(browser, content, name="result.csv", carrier="yamato"):
    """Send a file by the page's form; return the answer."""
    data = content if isinstance(content, bytes) else content.encode("cp932")
    return send(browser, PAGE, PAGE, carrier=carrier, file=(io.BytesIO(data), name))


def confirmed(browser, page, **more):
    """Press the preview's button."""
    rows = page.text.split('<textarea name="rows" hidden>\n')[1].split("</textarea>")[0]
    fields = {name: hidden_fields(page.text)[name] for name in ("csrf_token", "carrier", "mark")}
    return browser.post(f"{PAGE}apply", data={**fields, "rows": rows, **more})


@pytest.mark.parametrize("header", [True, False])
def test_the_columns_of_b2_are_known_with_and_without_its_header(site, batch, header):
    content = b2([("7K3M-9Q2X", GOOD[0])], header=header)
    assert [(one.reference, one.number) for one in pairs(site, content)] == [("7K3M-9Q2X", GOOD[0])]


@pytest.mark.parametrize(
    "content",
    [
        "管理番号,お問い合わせ番号\n7K3M9Q2X,4444-1375-8703\n",
        "追跡番号\t受付番号\n４４４４１３７５８７０３\t７Ｋ３Ｍ－９Ｑ２Ｘ\n",
        '\ufeff"reference","Tracking Number"\n"7k3m-9q2x","\'444413758703"\n',
    ],
)
def test_header_names_are_recognised_however_the_cells_are_written(site, content):
    assert [(one.reference, one.number) for one in pairs(site, content)] == [("7K3M-9Q2X", GOOD[0])]


def test_a_carrier_that_keeps_no_reference_is_matched_by_the_home(site, make, campaign, pledges):
    change(site, pledges[1], name="見本 7")  # two parcels to one home: only a person can say which is which
    locked(site, campaign, "clickpost")
    rows = [("1000001", "見本　９", "628000000001"), ("100-0001", "見本 7", "628000000002"), ("1", "x", "628000000003")]
    content = "お届け先郵便番号,お届け先氏名,お問い合わせ番号\n" + "\n".join(map(",".join, rows))
    found = pairs(site, content)
    assert [one.reference for one in found] == ["9K3M-9Q2X", "", ""]
    assert states(act(site, tracking.plan_of, found, "japanpost")) == ["ready", "unknown", "unknown"]


def test_what_a_table_does_not_say_is_asked(site):
    lines = table_of_file("a,b\n7K3M-9Q2X,444413758703\n")
    assert columns_of(lines) is None
    assert pairs_of(lines, Columns(1, 0), list)[0].reference == "7K3M-9Q2X"


def test_each_row_is_told_apart(site, batch, pledges):
    change(site, pledges[2], status="refunded")
    rows = [
        *(("7K3M-9Q2X", GOOD[0]), ("8K3M-9Q2X", GOOD[1][:-1] + "9"), ("9K3M-9Q2X", GOOD[2])),
        *(("0000-0000", "444413758736"), ("8K3M-9Q2X", ""), ("", "")),
    ]
    _pairs, plan = planned(site, rows)
    assert states(plan) == ["ready", "ready", "void", "unknown", "no_number", "no_number"]
    assert [match.doubts for match in plan.doubtful] == [("check_digit",)]
    assert len(plan.sure) == 1


def test_one_number_for_two_and_two_numbers_for_one_are_doubtful(site, batch, pledges):
    _pairs, plan = planned(site, [("7K3M-9Q2X", GOOD[0]), ("8K3M-9Q2X", GOOD[0])])
    assert [match.doubts for match in plan.matches] == [("twice",), ("twice",)]
    _pairs, plan = planned(site, [("7K3M-9Q2X", GOOD[0]), ("7K3M-9Q2X", GOOD[1])])
    assert states(plan) == ["several", "several"]


def test_numbers_are_applied_together_and_the_same_file_again_changes_nothing(site, batch, pledges):
    rows = list(zip(("7K3M-9Q2X", "8K3M-9Q2X", "9K3M-9Q2X"), GOOD, strict=True))
    found, plan = planned(site, rows)
    assert act(site, tracking.apply, found, "yamato", plan.mark, None) == 3
    assert act(site, tracking.apply, found, "yamato", plan.mark, None) == 0
    found, plan = planned(site, rows)
    assert states(plan) == ["known"] * 3
    assert act(site, tracking.apply, found, "yamato", plan.mark, None) == 0
    mails = letters_about(site, "発送しました")
    assert len(mails) == 3
    assert {number for number in GOOD if any(number in plain(mail) for mail in mails)} == set(GOOD)
    assert act(site, shipping_differences) == []


def test_nothing_is_applied_if_a_row_means_something_else_by_now(site, batch, pledges):
    rows = list(zip(("7K3M-9Q2X", "8K3M-9Q2X"), GOOD, strict=False))
    found, plan = planned(site, rows)
    change(site, pledges[0], status="refunded")
    with pytest.raises(Overtaken):
        act(site, tracking.apply, found, "yamato", plan.mark, None)
    assert site.rows(select(Shipment)) == []


def test_doubtful_rows_are_applied_only_if_staff_say_so(site, batch):
    found, plan = planned(site, [("7K3M-9Q2X", "444413758704"), ("8K3M-9Q2X", GOOD[1])])
    assert act(site, tracking.apply, found, "yamato", plan.mark, None) == 1
    found, plan = planned(site, [("7K3M-9Q2X", "444413758704"), ("8K3M-9Q2X", GOOD[1])])
    assert act(site, tracking.apply, found, "yamato", plan.mark, None, doubtful=True) == 1


def test_a_number_is_added_to_what_was_recorded_without_one(site, batch):
    act(site, shipping.ship_batch, batch, "yamato", None)
    found, plan = planned(site, [("7K3M-9Q2X", GOOD[0])])
    assert states(plan) == ["adds"]
    assert act(site, tracking.apply, found, "yamato", plan.mark, None) == 1
    assert len(letters_about(site, "発送しました")) == 3
    assert states(planned(site, [("7K3M-9Q2X", GOOD[0])])[1]) == ["known"]
    assert states(planned(site, [("7K3M-9Q2X", GOOD[1])])[1]) == ["other_number"]


def test_the_number_of_a_parcel_that_came_back_is_not_taken_again(site, batch, campaign):
    found, plan = planned(site, [("7K3M-9Q2X", GOOD[0])])
    act(site, tracking.apply, found, "yamato", plan.mark, None)
    act(site, shipping.came_back, batch, site.one(select(Shipment.id)), None)
    assert states(planned(site, [("7K3M-9Q2X", GOOD[0])])[1]) == ["came_back"]
    assert states(planned(site, [("7K3M-9Q2X", GOOD[1])])[1]) == ["unlocked"]
    locked(site, campaign, "b2cloud", attempt="again")
    assert states(planned(site, [("7K3M-9Q2X", GOOD[1])])[1]) == ["ready"]


def test_staff_see_a_file_before_it_is_applied(site, batch):
    browser = signed_in(site, "fulfilment")
    page = uploaded(browser, b2([("7K3M-9Q2X", GOOD[0]), ("0000-0000", GOOD[1])]))
    assert page.status_code == 200
    assert "1件を取り込めます" in page.text
    assert "この受付番号は見つかりません" in page.text
    assert site.rows(select(Shipment)) == []
    assert confirmed(browser, page).status_code == 303
    assert "1件の追跡番号を取り込みました" in browser.get("/staff/shipping/").text
    assert site.one(select(Obligation.status).join(Shipment)) == "shipped"


def test_staff_choose_the_columns_of_a_table_that_does_not_name_them(site, batch):
    browser = signed_in(site, "fulfilment")
    page = uploaded(browser, f"甲,乙,丙\nx,7K3M-9Q2X,{GOOD[0]}\n")
    content = page.text.split('<textarea name="content" hidden>\n')[1].split("</textarea>")[0]
    fields = {name: hidden_fields(page.text)[name] for name in ("csrf_token", "carrier")}
    page = browser.post(f"{PAGE}columns", data={**fields, "content": content, "reference": "1", "number": "2"})
    assert "1件を取り込めます" in page.text


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\x00\x01"])
def test_what_is_no_table_is_refused_with_a_sentence(site, content):
    page = uploaded(signed_in(site, "fulfilment"), content)
    assert page.status_code == 422
    assert "読み込めませんでした" in page.text


def test_too_large_a_file_is_refused(site):
    with site.inside(), pytest.raises(BadFile):
        text_of(b"x" * (LARGEST + 1), LARGEST)


def test_too_many_rows_are_refused(site):
    rows = "受付番号,追跡番号\n" + "7K3M-9Q2X,1\n" * 5001
    assert "5,000行まで" in uploaded(signed_in(site, "fulfilment"), rows).text
