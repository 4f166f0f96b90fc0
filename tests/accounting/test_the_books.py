"""The books for accountants: sums by day, files, and payouts of which every line is explained."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from fundsite import clock
from fundsite.access import ACCOUNTANT
from fundsite.books.ledger import Account, book
from fundsite.books.models import LedgerEntry, Payout, PayoutLine
from fundsite.books.payouts import strangers
from fundsite.db import transaction
from fundsite.payments.gateway import Movement
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.reconcile import reconcile
from support.databases import on_sqlite
from support.factories import pledged
from support.moneyroom import refunded
from support.site import session_id_of
from support.staffroom import signed_in


@pytest.fixture
def paid(site, make):
    make.reward(make.campaign(), stock=3)
    site.pay(session_id_of(pledged(site.browser())))
    site.work()
    return site


def paid_out(site):
    """Let Stripe pay out all there is, and tell nobody; return the payout."""
    return site.stripe("payouts", {"currency": "jpy", "everything": True})


def read(reply, encoding="utf-8-sig"):
    return list(csv.DictReader(io.StringIO(reply.data.decode(encoding), newline="")))


def test_a_charge_learns_its_balance_transaction_and_says_so_once(paid):
    rows = paid.rows(select(LedgerEntry.kind, LedgerEntry.balance_transaction))
    assert {kind for kind, _balance in rows} == {"charge", "fee"}
    assert len({balance for _kind, balance in rows}) == 1
    assert rows[0].balance_transaction.startswith("txn_")


def test_a_payout_is_taken_in_once_and_every_line_of_ours_is_explained(paid):
    refunded(signed_in(paid), paid.one(select(Pledge.reference)), amount=1_000, stock="keep")
    paid.work()
    made = paid_out(paid)
    for _ in range(2):
        with paid.inside():
            found = reconcile()
        reference = paid.one(select(Pledge.reference))
        assert not [line for line in found.unexplained if reference in line], "what others left there is theirs"
    payout = paid.one(select(Payout).where(Payout.payout_id == made["id"]))
    assert payout.amount == made["amount"]
    assert payout.complete
    nets = paid.one(select(func.sum(PayoutLine.net)).where(PayoutLine.payout_id == payout.id))
    assert nets == made["amount"], "the lines add up to the payout"
    browser = signed_in(paid, ACCOUNTANT)
    rows = read(browser.get(f"/staff/money/payouts/{made['id']}/lines.csv"))
    reference = paid.one(select(Pledge.reference))
    ours = [row for row in rows if row["受付番号"] == reference]
    assert {row["照合"] for row in ours} == {"一致"}
    assert sum(int(row["純額"]) for row in ours) == paid.one(select(func.sum(LedgerEntry.amount)))
    assert browser.get("/staff/money/payouts/").status_code == 200
    assert reference in browser.get(f"/staff/money/payouts/{made['id']}/").text


def test_a_webhook_tells_of_a_payout_however_often(paid):
    made = paid_out(paid)
    paid.stripe("clock")
    event = {
        "id": "evt_payout_test",
        "object": "event",
        "type": "payout.paid",
        "data": {"object": {**made, "object": "payout"}},
    }
    for _ in range(2):
        assert paid.deliver(event).status_code == 200
    assert paid.one(select(func.count(Payout.id)).where(Payout.payout_id == made["id"])) == 1


def test_a_line_with_our_mark_that_the_books_do_not_know_is_named(paid):
    made = paid_out(paid)
    with paid.inside():
        reconcile()
    now = clock.now()
    payout_id = paid.one(select(Payout.id).where(Payout.payout_id == made["id"]))
    paid.change(
        PayoutLine.__table__.insert().values(
            payout_id=payout_id,
            balance_transaction="txn_unknown",
            kind="charge",
            source="ch_unknown",
            amount=500,
            fee=18,
            net=482,
            reference="GONE-0001",
            occurred_at=now,
        )
    )
    with paid.inside():
        named = strangers(now - timedelta(days=1))
        found = reconcile()
    assert (made["id"], "txn_unknown", "GONE-0001") in named
    assert any("txn_unknown" in line for line in found.unexplained)
    page = signed_in(paid).get(f"/staff/money/payouts/{made['id']}/").text
    assert "帳簿にない動き" in page
    assert "GONE-0001" in page


def test_a_key_that_may_not_read_payouts_keeps_reconcile_from_nothing_else(paid):
    with paid.faults(api=[{"match": "GET /v1/payouts", "status": 403}]), paid.inside():
        found = reconcile()
    reference = paid.one(select(Pledge.reference))
    assert not [line for line in found.unexplained if reference in line]


def test_days_are_those_of_japan_and_sums_have_their_signs(site, make):
    pledge = make.paid(make.campaign())
    account = Account(pledge.campaign_id, pledge.id, pledge.reference, "JPY")
    before, after = datetime(2026, 5, 1, 14, 59, tzinfo=UTC), datetime(2026, 5, 1, 15, 1, tzinfo=UTC)
    movements = [
        Movement("charge", "pi_1", 10_000, before),
        Movement("fee", "pi_1", -360, before),
        Movement("refund", "re_1", -2_000, after),
        Movement("offline", "o_1", 700, after),
    ]
    with site.inside(), transaction() as session:
        assert book(session, account, movements) == 4
        assert book(session, account, movements) == 0
    page = signed_in(site).get("/staff/money/books/ie/").text
    assert "2026年5月1日" in page
    assert "2026年5月2日" in page
    assert "9,640円" in page
    assert "-1,300円" in page
    assert "8,340円" in page
    assert "8,340円" in signed_in(site).get("/staff/money/books/").text


def test_the_file_of_the_ledger_is_whole_in_order_and_safe(site, make):
    pledge = make.paid(make.campaign())
    account = Account(pledge.campaign_id, pledge.id, "=HYPER", "JPY")
    at = datetime(2026, 5, 1, 15, 0, tzinfo=UTC)
    movements = [
        Movement("charge", f"pi_{number}", 100 + number, at + timedelta(seconds=number // 3)) for number in range(1_100)
    ]
    with site.inside(), transaction() as session:
        for start in range(0, 1_100, 200):
            book(session, account, movements[start : start + 200])
    browser = signed_in(site, ACCOUNTANT)
    rows = read(browser.get("/staff/money/books/ie/ledger.csv"))
    assert [int(row["金額"]) for row in rows] == [100 + number for number in range(1_100)]
    assert rows[0]["日付"] == "2026-05-02"
    assert rows[0]["時刻"] == "00:00:00"
    assert rows[0]["受付番号"] == "'=HYPER"
    assert read(browser.get("/staff/money/books/ie/ledger.csv?encoding=cp932"), "cp932")[0]["種類"] == "入金"
    assert browser.get("/staff/money/books/ie/ledger.csv?encoding=utf-16").status_code == 404


@on_sqlite
def test_pages_of_nothing_say_so(site, make):
    make.campaign()
    browser = signed_in(site)
    assert "まだ記録がありません" in browser.get("/staff/money/books/ie/").text
    assert browser.get("/staff/money/payouts/po_none/").status_code == 404
    assert browser.get("/staff/money/books/none/").status_code == 404
    assert site.one(select(func.count(Payment.id))) == 0
