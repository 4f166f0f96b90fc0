"""Receipts: what they say, their numbers, and that money stands on one of them."""

import pytest
from sqlalchemy import func, select, update

from fundsite.audit import AuditEntry
from fundsite.db import db
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Refund
from fundsite.receipts.check import receipt_differences
from fundsite.receipts.drafts import Wanted, preview
from fundsite.receipts.files import pdf_of
from fundsite.receipts.models import DONATION, SUPPORTER, Receipt, ReceiptLine
from fundsite.receipts.service import NotAllowed, NotReady, issue, reissue, send, void
from support.pdf import words_of
from support.races import at_once
from support.receipts import BODY, IN_MAY, YEAR, booked, certified, changed, issued, paid_pledge
from support.staff import person


@pytest.fixture
def staff(site):
    certified(site)
    return person(site, "accountant")


@pytest.fixture
def campaign(make):
    return make.campaign()


def rows(site, statement):
    with site.inside():
        return db.session.scalars(statement).all()


def paper(site, receipt, copy=None):
    with site.inside():
        return pdf_of([receipt], copy)


def label_of(site, receipt):
    return site.one(select(Receipt).where(Receipt.id == receipt)).label


def refused(site, pledge, staff, kind="receipt", **more):
    with pytest.raises(NotReady) as error:
        issued(site, pledge, staff, kind, **more)
    return error.value.problems


def test_a_receipt_for_a_gift_says_all_that_the_law_wants(site, make, campaign, staff):
    reward = make.reward(campaign, amount=12_000, consideration=3_000)
    pledge = paid_pledge(site, make, campaign, reward)
    receipt = issued(site, pledge, staff, DONATION)
    words = words_of(paper(site, receipt))
    for said in BODY.values():
        assert "".join(said.split()) in "".join(words.split())
    for said in ("寄 附 金 受 領 証 明 書", "¥9,000－", "¥12,000", "¥3,000", "2026/05/01", "𠮷田 はな", "様"):
        assert "".join(said.split()) in "".join(words.split())
    assert "髙﨑マンション101" in words
    assert label_of(site, receipt).startswith("D")
    assert label_of(site, receipt) in words
    assert pledge.reference in words


def test_a_receipt_says_to_whom_by_whom_how_much_and_for_what(site, make, campaign, staff):
    pledge = paid_pledge(site, make, campaign)
    receipt = issued(site, pledge, staff)
    words = words_of(paper(site, receipt))
    for said in ("領　収　書", "¥3,000－", label_of(site, receipt), BODY["name"], BODY["address"], campaign.title):
        assert "".join(said.split()) in "".join(words.split())
    assert BODY["certification_number"] not in words


def test_numbers_follow_each_other_also_when_many_issue_at_once(site, make, campaign, staff):
    pledges = [paid_pledge(site, make, campaign) for _ in range(6)]

    def one(number):
        issue(Wanted(pledges[number].id, "receipt", *YEAR), staff)

    assert at_once(site, 6, one, NotReady) == [0] * 6
    assert sorted(rows(site, select(Receipt.number))) == [1, 2, 3, 4, 5, 6]


def test_two_who_issue_the_same_at_once_make_one_receipt_and_no_gap(site, make, campaign, staff):
    pledge, other = paid_pledge(site, make, campaign), paid_pledge(site, make, campaign)
    kinds = ["receipt", DONATION, "receipt", DONATION]
    outcome = at_once(site, 4, lambda number: issue(Wanted(pledge.id, kinds[number], *YEAR), staff), NotReady)
    assert sorted(outcome) == [0, 1, 1, 1]
    first = rows(site, select(Receipt))[0]
    issued(site, other, staff, first.kind)
    assert sorted(rows(site, select(Receipt.number))) == [1, 2]


def test_kinds_have_numbers_of_their_own(site, make, campaign, staff):
    receipts = [
        issued(site, paid_pledge(site, make, campaign), staff, kind) for kind in ("receipt", DONATION, "receipt")
    ]
    labels = [label_of(site, number) for number in receipts]
    year = site.one(select(Receipt.year).limit(1))
    assert labels == [f"R{year}-00001", f"D{year}-00001", f"R{year}-00002"]


def test_the_same_bytes_come_again_whatever_becomes_of_the_pledge(site, make, campaign, staff):
    pledge = paid_pledge(site, make, campaign)
    receipt = issued(site, pledge, staff)
    before = paper(site, receipt)
    changed(site, pledge, name="別 の名前", line1="別の町")
    certified(site, name="別の団体")
    assert paper(site, receipt) == before


def test_a_reissue_keeps_its_number_and_says_so_while_the_first_paper_stays_as_it_was(site, make, campaign, staff):
    receipt = issued(site, paid_pledge(site, make, campaign), staff)
    first = paper(site, receipt)
    with site.inside():
        reissue(receipt, staff)
    again = words_of(paper(site, receipt))
    assert "再発行" in again
    assert label_of(site, receipt) in again
    assert paper(site, receipt, copy=0) == first
    assert "再発行" not in words_of(first)


def test_a_void_receipt_stays_with_its_reason_and_its_money_can_be_receipted_anew(site, make, campaign, staff):
    pledge = paid_pledge(site, make, campaign)
    old = issued(site, pledge, staff)
    with site.inside():
        void(old, "宛名の訂正", staff)
        void(old, "二度目", staff)
        with pytest.raises(NotAllowed):
            reissue(old, staff)
    new = issued(site, pledge, staff, recipient={"name": "株式会社ゆうげ", "honorific": "御中", "address": "東京都"})
    kept = rows(site, select(Receipt).order_by(Receipt.id))
    assert [(one.status, one.number, one.void_reason) for one in kept] == [("void", 1, "宛名の訂正"), ("issued", 2, "")]
    assert "無　効".replace("　", "") in words_of(paper(site, old)).replace("　", "").replace(" ", "")
    words = words_of(paper(site, new))
    assert "株式会社ゆうげ" in words
    assert "御中" in words


def test_the_title_that_was_asked_for_is_kept_for_the_next_time(site, make, campaign, staff):
    pledge = paid_pledge(site, make, campaign)
    asked = {"name": "株式会社ゆうげ", "honorific": "御中", "address": "東京都見本区"}
    issued(site, pledge, staff, recipient=asked)
    with site.inside():
        assert preview(Wanted(pledge.id, "receipt", *YEAR)).recipient == asked


def test_money_stands_on_one_receipt(site, make, campaign, staff):
    pledge = paid_pledge(site, make, campaign)
    issued(site, pledge, staff)
    assert refused(site, pledge, staff) == ["nothing"]
    assert refused(site, pledge, staff, DONATION) == ["nothing"]


def test_what_is_missing_is_said(site, make, campaign, staff):
    nameless = make.paid(campaign, name="")
    booked(site, nameless)
    assert refused(site, nameless, staff, DONATION) == ["no_name", "no_address"]
    reward = make.reward(campaign, consideration=3_000)
    bought = paid_pledge(site, make, campaign, reward)
    assert refused(site, bought, staff, DONATION) == ["no_gift"]
    certified(site, certification_number="")
    given = paid_pledge(site, make, campaign)
    assert refused(site, given, staff, DONATION) == ["issuer"]
    assert issued(site, given, staff)


def test_a_refund_lessens_or_bars_a_receipt(site, make, campaign, staff):
    part = paid_pledge(site, make, campaign)
    booked(site, part, -1_000, "refund")
    whole = paid_pledge(site, make, campaign)
    booked(site, whole, -3_000, "refund")
    changed(site, whole, status="refunded", refunded=3_000)
    argued = paid_pledge(site, make, campaign)
    changed(site, argued, status="disputed")
    receipt = issued(site, part, staff)
    assert site.one(select(Receipt.total).where(Receipt.id == receipt)) == 2_000
    assert refused(site, whole, staff) == ["nothing"]
    assert refused(site, argued, staff) == ["nothing"]


def test_money_on_its_way_back_gets_no_receipt(site, make, campaign, staff):
    pledge = paid_pledge(site, make, campaign)
    with site.inside():
        db.session.add(Refund(pledge_id=pledge.id, amount=500, cause="staff", requested_at=IN_MAY))
        db.session.commit()
    assert refused(site, pledge, staff) == ["nothing"]


def test_a_receipt_that_a_refund_made_untrue_is_neither_reissued_nor_sent(site, make, campaign, staff):
    pledge = paid_pledge(site, make, campaign)
    receipt = issued(site, pledge, staff)
    booked(site, pledge, -1_000, "refund")
    with site.inside():
        for act in (reissue, send):
            with pytest.raises(NotAllowed):
                act(receipt, staff)


def test_months_of_a_monthly_supporter_add_up_within_the_days_that_are_asked_for(site, make, campaign, staff):
    pledge = make.paid(campaign, name="月子", status="active", extra=1_000, total=1_000)
    for month in range(1, 13):
        booked(site, pledge, 1_000, at=IN_MAY.replace(month=month))
    booked(site, pledge, 1_000, at=IN_MAY.replace(year=2025, month=12, day=31, hour=14, minute=59))
    booked(site, pledge, 1_000, at=IN_MAY.replace(year=2025, month=12, day=31, hour=15))
    receipt = issued(site, pledge, staff)
    assert site.one(select(Receipt.total).where(Receipt.id == receipt)) == 13_000
    assert "2026/12/01" in words_of(paper(site, receipt))


def test_a_refund_of_one_month_lessens_the_newest_before_the_others(site, make, campaign, staff):
    pledge = make.paid(campaign, name="月子", status="active", extra=1_000, total=1_000)
    for month in (1, 2, 3):
        booked(site, pledge, 1_000, at=IN_MAY.replace(month=month))
    booked(site, pledge, -1_200, "refund")
    issued(site, pledge, staff)
    assert rows(site, select(ReceiptLine.amount).order_by(ReceiptLine.position)) == [1_000, 800]


def test_money_that_did_not_come_through_stripe_is_receipted_too(site, make, campaign, staff):
    pledge = make.paid(campaign, name="現金 太郎", email="", source="cash")
    booked(site, pledge, kind="offline")
    assert issued(site, pledge, staff, sends_mail=True)
    assert rows(site, select(OutboxMail)) == []


def test_a_supporter_gets_one_receipt_for_all_and_nobody_elses_money_is_on_it(site, make, campaign, staff):
    same = [
        paid_pledge(site, make, campaign, email=email, name=name)
        for email, name in (("a@example.jp", "𠮷田　はな"), ("A@example.jp", "𠮷田はな"))
    ]
    paid_pledge(site, make, campaign, email="a@example.jp", name="別 人")
    paid_pledge(site, make, campaign, email="b@example.jp", name="𠮷田 はな")
    receipt = issued(site, same[0], staff, per=SUPPORTER)
    on_it = rows(site, select(ReceiptLine.pledge_id).where(ReceiptLine.receipt_id == receipt))
    assert sorted(on_it) == [one.id for one in same]


def test_issuing_is_written_into_the_log_without_a_name_and_mailed_once(site, make, campaign, staff):
    pledge = paid_pledge(site, make, campaign)
    issued(site, pledge, staff, sends_mail=True)
    entry = rows(site, select(AuditEntry).where(AuditEntry.action == "receipt.issued"))[0]
    assert "はな" not in str(entry.detail)
    assert [row.kind for row in rows(site, select(OutboxMail))] == ["receipt_ready"]


def test_a_refusal_leaves_no_number_behind(site, make, campaign, staff):
    assert refused(site, make.paid(campaign, name=""), staff) == ["nothing", "no_name"]
    issued(site, paid_pledge(site, make, campaign), staff)
    assert rows(site, select(func.max(Receipt.number))) == [1]


def test_a_recount_finds_a_gap_and_a_sum_that_is_wrong(site, make, campaign, staff):
    receipts = [issued(site, paid_pledge(site, make, campaign), staff) for _ in range(2)]
    with site.inside():
        assert receipt_differences() == []
    site.change(
        update(Receipt).where(Receipt.id == receipts[0]).values(gift=1, consideration=2_999),
        update(Receipt).where(Receipt.id == receipts[1]).values(number=3),
    )
    with site.inside():
        assert len(receipt_differences()) == 2
