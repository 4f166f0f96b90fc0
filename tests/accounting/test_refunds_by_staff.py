"""Refunds and disputes as staff look after them: a form, a confirmation, and one end however it came."""

import pytest
import requests
from sqlalchemy import func, select, update

from fundsite.access import ACCOUNTANT, EDITOR, FULFILMENT
from fundsite.audit import AuditEntry
from fundsite.books.models import LedgerEntry
from fundsite.campaigns.models import Campaign
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Payment, Pledge, Refund
from fundsite.rewards.models import Reward
from support.databases import on_sqlite
from support.factories import pledged
from support.moneyroom import refunded, sent
from support.site import hidden_fields, session_id_of
from support.staffroom import signed_in

FAILS_LATER = "4000000000005126"


@pytest.fixture
def paid(site, make):
    """A site with one pledge of 3,000 yen that is paid and in the books."""
    make.reward(make.campaign(), stock=3)
    session_id = session_id_of(pledged(site.browser()))
    site.pay(session_id)
    site.work()
    return site


@pytest.fixture
def reference(paid):
    return paid.one(select(Pledge.reference))


def figures(site):
    return site.one(select(Pledge.status)), site.one(select(Campaign.raised)), site.one(select(Reward.claimed))


def test_an_accountant_refunds_a_part_and_the_supporter_is_told_why(paid, reference):
    reply = refunded(signed_in(paid, ACCOUNTANT), reference, amount="1,000円", stock="keep", reason="在庫の都合により")
    assert reply.status_code == 303
    assert figures(paid) == ("paid", 2_000, 1)
    page = signed_in(paid, ACCOUNTANT).get(reply.location).text
    assert "返金済み" in page
    assert "在庫の都合により" in page
    paid.work()
    (_thanks, mail) = paid.letterbox.mails
    assert "在庫の都合により" in mail.get_body(("plain",)).get_content()
    assert paid.check() == []


@pytest.mark.parametrize(("stock", "claimed"), [("return", 0), ("keep", 1)])
def test_a_whole_refund_frees_the_piece_where_staff_say_so(paid, reference, stock, claimed):
    refunded(signed_in(paid), reference, amount=3_000, stock=stock)
    assert figures(paid) == ("refunded", 0, claimed)
    assert paid.check() == []


def test_a_piece_that_was_kept_can_be_freed_later_once(paid, reference):
    browser = signed_in(paid)
    refunded(browser, reference, amount=3_000, stock="keep")
    page = f"/staff/money/pledges/{reference}/"
    assert "リターンを在庫に戻す" in browser.get(page).text
    for _ in range(2):
        assert sent(browser, "/staff/money/offline/", f"{page}stock").status_code == 303
    assert figures(paid) == ("refunded", 0, 0)
    assert "リターンを在庫に戻す" not in browser.get(page).text
    assert paid.check() == []


def test_one_form_sent_twice_is_one_refund(paid, reference):
    browser = signed_in(paid)
    page = f"/staff/money/pledges/{reference}/refund"
    form = {**hidden_fields(browser.get(page).text), "amount": 3_000, "reason": "重複", "stock": "keep"}
    for _ in range(3):
        assert browser.post(page, data={**form, "confirmed": "y"}).status_code == 303
    assert paid.one(select(func.count(Refund.id))) == 1
    assert paid.one(select(func.count(AuditEntry.id)).where(AuditEntry.action == "refund.asked")) == 1


def test_nothing_is_given_back_before_it_is_confirmed_or_in_part_of_what_is_wrong(paid, reference):
    browser = signed_in(paid)
    page = f"/staff/money/pledges/{reference}/refund"
    assert sent(browser, page, amount=1_000, reason="理由", stock="keep").status_code == 200
    for wrong in ({"amount": "3001"}, {"amount": "0"}, {"reason": ""}, {"stock": ""}, {"amount": "abc"}):
        typed = {"amount": "1000", "reason": "理由", "stock": "keep", **wrong}
        assert sent(browser, page, **typed, confirmed="y").status_code == 422
    assert paid.one(select(func.count(Refund.id))) == 0


@on_sqlite
@pytest.mark.parametrize("role", [EDITOR, FULFILMENT])
def test_editors_and_fulfilment_see_no_money(paid, reference, role):
    browser = signed_in(paid, role)
    for address in ("/staff/money/", f"/staff/money/pledges/{reference}/", "/staff/money/books/"):
        assert browser.get(address).status_code == 403
    assert "会計" not in browser.get("/staff/").text


def test_a_refund_that_the_bank_sends_back_waits_for_staff_who_give_it_another_way(site, make):
    make.reward(make.campaign(), stock=3)
    session_id = session_id_of(pledged(site.browser()))
    site.pay(session_id, FAILS_LATER)
    site.work()
    reference = site.one(select(Pledge.reference))
    browser = signed_in(site)
    refunded(browser, reference, amount=1_000, stock="keep")
    site.stripe(f"refunds/{site.one(select(Refund.refund_id))}", {"status": "failed"})
    site.work()
    assert site.one(select(Refund.status)) == "failed"
    assert "できなかった返金が1件" in browser.get("/staff/campaigns/ie/dashboard/").text
    assert "要確認" in browser.get("/staff/money/campaigns/ie/waiting").text
    page = f"/staff/money/pledges/{reference}/"
    assert "銀行から、返金が戻されました" in browser.get(page).text
    number = site.one(select(Refund.id))
    reply = sent(browser, f"{page}refunds/{number}/otherwise", note="5月1日にお振り込みしました。")
    assert reply.status_code == 303
    assert site.one(select(Campaign.raised)) == 2_000
    assert "できなかった返金" not in browser.get("/staff/campaigns/ie/dashboard/").text
    assert "5月1日にお振り込みしました。" in browser.get(page).text
    assert site.check() == []
    again = sent(browser, "/staff/money/offline/", f"{page}refunds/{number}/again")
    assert "すでに手続きが済んでいる" in browser.get(again.location).text
    assert site.check() == []


def test_a_failed_refund_is_tried_again_as_a_new_one_or_given_up(site, make):
    make.reward(make.campaign(), stock=3)
    site.pay(session_id_of(pledged(site.browser())), FAILS_LATER)
    site.work()
    reference, browser = site.one(select(Pledge.reference)), signed_in(site)
    refunded(browser, reference, amount=1_000, stock="keep")
    site.stripe(f"refunds/{site.one(select(Refund.refund_id))}", {"status": "failed"})
    site.work()
    page, first = f"/staff/money/pledges/{reference}/", site.one(select(Refund.id))
    assert sent(browser, page, f"{page}refunds/{first}/again").status_code == 303
    rows = site.rows(select(Refund.id, Refund.refund_id, Refund.status).order_by(Refund.id))
    assert len(rows) == 2
    assert rows[0].refund_id != rows[1].refund_id
    site.stripe(f"refunds/{rows[1].refund_id}", {"status": "failed"})
    site.work()
    assert sent(browser, f"{page}refunds/{rows[1].id}/give-up", note="ご本人と相談しました。").status_code == 303
    assert figures(site) == ("paid", 3_000, 1)
    assert "要確認" not in browser.get("/staff/money/").text
    assert site.check() == []


def test_money_that_came_too_late_and_cannot_go_back_is_kept_if_its_piece_is_left(site, make):
    """A late payment whose refund Stripe refuses for good ends as a paid pledge, thanked for, or stays open."""
    reward = make.reward(make.campaign(), stock=1)
    first = session_id_of(pledged(site.browser(), email="a@example.jp"))
    site.change(update(Pledge).values(hold_until=Pledge.created_at))
    site.pay(first)
    site.change(
        update(Pledge).values(status="expired", counted=False, holds_stock=False),
        update(Reward).values(claimed=0, stock=0),
    )
    assert reward
    with site.faults(api=[{"match": "POST /v1/refunds", "status": 400, "code": "charge_already_refunded"}]):
        site.work()
    site.work()
    assert site.one(select(Pledge.status)) == "refund_due"
    assert site.one(select(func.count(Refund.id))) == 1, "what can never be given is not asked for again"
    reference, browser = site.one(select(Pledge.reference)), signed_in(site)
    page, number = f"/staff/money/pledges/{reference}/", site.one(select(func.max(Refund.id)))
    assert "すでに全額が返金されています" in browser.get(page).text
    sold_out = sent(browser, f"{page}refunds/{number}/give-up", note="受け入れます。")
    assert "在庫がない" in browser.get(sold_out.location).text
    assert site.one(select(Pledge.status)) == "refund_due"
    site.change(update(Reward).values(stock=1))
    sent(browser, f"{page}refunds/{number}/give-up", note="受け入れます。")
    assert figures(site) == ("paid", 3_000, 1)
    assert site.one(select(func.count(OutboxMail.id)).where(OutboxMail.kind == "pledge_thanks")) == 1


def test_a_dispute_shows_with_its_deadline_and_ends_as_it_is_decided(paid, reference):
    intent, browser = paid.one(select(Payment.intent_id)), signed_in(paid)
    dispute = paid.stripe(f"payments/{intent}/dispute", {})
    paid.work()
    assert paid.one(select(Pledge.status)) == "disputed"
    dashboard = browser.get("/staff/campaigns/ie/dashboard/").text
    assert "不審請求）が1件" in dashboard
    assert "回答の期限は" in dashboard
    assert "回答の期限:" in browser.get(f"/staff/money/pledges/{reference}/").text
    assert "不審請求" in signed_in(paid, FULFILMENT).get("/staff/campaigns/ie/dashboard/").text
    paid.stripe(f"disputes/{dispute['id']}/close", {"outcome": "lost"})
    paid.work()
    assert figures(paid) == ("charged_back", 0, 1)
    assert "不審請求）が" not in browser.get("/staff/campaigns/ie/dashboard/").text
    sent(browser, f"/staff/money/pledges/{reference}/", f"/staff/money/pledges/{reference}/stock")
    assert figures(paid) == ("charged_back", 0, 0)
    assert paid.check() == []


def test_a_dispute_that_is_won_leaves_a_paid_pledge(paid):
    intent = paid.one(select(Payment.intent_id))
    dispute = paid.stripe(f"payments/{intent}/dispute", {})
    paid.work()
    paid.stripe(f"disputes/{dispute['id']}/close", {"outcome": "won"})
    paid.work()
    assert figures(paid) == ("paid", 3_000, 1)
    assert paid.check() == []


def at_the_dashboard(site, amount):
    """Give money back in Stripe's dashboard."""
    body = {"payment_intent": site.one(select(Payment.intent_id)), "amount": amount}
    requests.post(
        f"{site.stripe_url}/v1/refunds", data=body, auth=("sk_test_notAKey", ""), timeout=10
    ).raise_for_status()


def test_a_refund_in_stripes_dashboard_shows_beside_the_others(paid, reference):
    at_the_dashboard(paid, 500)
    paid.work()
    page = signed_in(paid).get(f"/staff/money/pledges/{reference}/").text
    assert "Stripeの管理画面での返金" in page
    assert "2,500円" in signed_in(paid).get(f"/staff/money/pledges/{reference}/refund").text


@pytest.fixture
def differing(site, make):
    """A pledge of 3,000 yen for which another amount came: its words were changed behind Stripe's back."""
    make.reward(make.campaign(), stock=3)
    session_id = session_id_of(pledged(site.browser()))
    site.change(update(Pledge).values(extra=500, total=3_500))
    site.pay(session_id)
    site.work()
    assert site.one(select(Pledge.status)) == "pending"
    return site


def test_a_payment_of_another_amount_waits_for_staff_who_take_it_as_it_is(differing):
    browser, reference = signed_in(differing), differing.one(select(Pledge.reference))
    assert "違う金額のお支払いが1件" in browser.get("/staff/campaigns/ie/dashboard/").text
    page, number = f"/staff/money/pledges/{reference}/", differing.one(select(Payment.id))
    for _ in range(2):
        assert sent(browser, page, f"{page}payments/{number}/accept").status_code == 303
    assert figures(differing) == ("paid", 3_000, 1)
    assert tuple(differing.one(select(Pledge.unit_amount, Pledge.extra, Pledge.total))) == (3_000, 0, 3_000)
    assert differing.check() == []


def test_less_than_the_price_lowers_the_price_of_that_pledge(differing):
    differing.change(
        update(Pledge).values(unit_amount=3_200, extra=0, total=3_200),
    )
    browser, reference = signed_in(differing), differing.one(select(Pledge.reference))
    page, number = f"/staff/money/pledges/{reference}/", differing.one(select(Payment.id))
    sent(browser, page, f"{page}payments/{number}/accept")
    assert tuple(differing.one(select(Pledge.unit_amount, Pledge.extra, Pledge.total))) == (3_000, 0, 3_000)
    assert differing.check() == []


def test_a_payment_of_another_amount_goes_back_and_the_piece_is_free(differing):
    browser, reference = signed_in(differing), differing.one(select(Pledge.reference))
    page, number = f"/staff/money/pledges/{reference}/", differing.one(select(Payment.id))
    for _ in range(2):
        reply = sent(browser, f"{page}payments/{number}/refuse", note="金額が違っていたため")
        assert reply.status_code == 303
    assert figures(differing) == ("canceled", 0, 0)
    booked = dict(tuple(row) for row in differing.rows(select(LedgerEntry.kind, LedgerEntry.amount)))
    assert booked["refund"] == -3_000
    differing.work()
    assert figures(differing) == ("canceled", 0, 0)
    assert differing.check() == []


def test_a_pledge_is_found_by_reference_name_address_and_status(paid, reference):
    browser = signed_in(paid)
    for wanted in (reference, reference.lower().replace("-", ""), "髙橋", "HANAKO@"):
        assert reference in browser.get("/staff/money/", query_string={"q": wanted}).text
    for query in ({"q": "だれでもない"}, {"status": "refunded"}, {"campaign": "other"}, {"q": "%"}):
        assert reference not in browser.get("/staff/money/", query_string=query).text
    assert browser.get("/staff/money/pledges/NONE-0000/").status_code == 404


def test_the_list_goes_on_by_key(site, make):
    campaign = make.campaign()
    references = [make.paid(campaign).reference for _ in range(52)]
    browser = signed_in(site)
    first = browser.get("/staff/money/").text
    assert references[-1] in first
    assert references[0] not in first
    before = first.partition("before=")[2].partition('"')[0]
    assert references[0] in browser.get(f"/staff/money/?before={before}").text


@on_sqlite
def test_a_payment_of_the_demo_says_clearly_that_stripe_does_not_know_it(site, make):
    pledge = make.paid(make.campaign())
    site.change(
        Payment.__table__.insert().values(
            pledge_id=pledge.id,
            purpose="checkout",
            number=1,
            intent_id="pi_demo_1",
            status="paid",
            decline="",
            amount=3_000,
            received=3_000,
            surplus=False,
            fee_known=True,
            created_at=pledge.created_at,
            next_look_at=pledge.created_at,
            looks=0,
        ),
        update(Campaign).values(raised=3_000, backers=1),
    )
    browser = signed_in(site)
    reply = refunded(browser, pledge.reference, amount=3_000)
    assert "デモのために用意したお支払いです" in browser.get(reply.location).text
    assert site.one(select(Refund.status)) == "failed"
    assert site.one(select(Pledge.status)) == "paid"
