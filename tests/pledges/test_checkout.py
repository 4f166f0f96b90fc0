"""From the confirmed form to Stripe and back: one pledge, one charge, and no stock lost."""

import pytest
from sqlalchemy import func, select, update

from fundsite.campaigns.models import Campaign
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Pledge, PledgeEvent, Refund
from fundsite.rewards.models import Reward
from support.factories import confirmed, pledged
from support.site import hidden_fields, session_id_of
from support.waiting import wait_until

CONFIRM = "/c/ie/pledge/confirm"


def statuses(site):
    return [status for (status,) in site.rows(select(Pledge.status).order_by(Pledge.id))]


def stock(site, code="A"):
    return tuple(site.one(select(Reward.claimed, Reward.pledged).where(Reward.code == code)))


def figures(site):
    return tuple(site.one(select(Campaign.raised, Campaign.backers)))


def moves(site):
    rows = site.rows(select(PledgeEvent.from_status, PledgeEvent.to_status).order_by(PledgeEvent.id))
    return [tuple(row) for row in rows]


def room_of(site, session_id):
    """Return the path of the private pages that Stripe's page leads back to."""
    return site.session(session_id)["cancel_url"].removeprefix("http://localhost").removesuffix("left")


def test_a_confirmed_pledge_takes_stock_and_leads_to_stripe(site, make):
    make.reward(make.campaign(), stock=2, amount=3_000)
    session_id = session_id_of(pledged(site.browser(), quantity="2", extra="500"))
    assert stock(site) == (2, 0)
    assert figures(site) == (0, 0)
    assert moves(site) == [(None, "pending")]
    session = site.session(session_id)
    pledge = site.one(select(Pledge))
    assert (session["amount_total"], session["currency"]) == (6_500, "jpy")
    assert session["client_reference_id"] == pledge.reference
    assert session["customer_email"] == "hanako@example.jp"
    assert (pledge.checkout_session_id, pledge.status, pledge.total) == (session_id, "pending", 6_500)
    assert site.check() == []


def test_the_thanks_page_asks_stripe_and_settles_without_any_webhook(site, make):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    session_id = session_id_of(pledged(browser))
    room = room_of(site, session_id)
    waiting = browser.get(f"{room}thanks")
    assert waiting.status_code == 200
    assert statuses(site) == ["pending"]
    site.pay(session_id)
    thanks = browser.get(f"{room}thanks")
    assert thanks.status_code == 200
    assert "ありがとうございます" in thanks.text
    assert statuses(site) == ["paid"]
    assert (stock(site), figures(site)) == ((1, 1), (3_000, 1))
    browser.get(f"{room}thanks")
    assert moves(site) == [(None, "pending"), ("pending", "paid")]
    assert site.check() == []


def test_a_payment_that_is_declined_leaves_the_session_open_for_another_card(site, make):
    make.reward(make.campaign())
    browser = site.browser()
    session_id = session_id_of(pledged(browser))
    assert site.pay(session_id, "4000000000000002")["outcome"] != "succeeded"
    browser.get(f"{room_of(site, session_id)}thanks")
    assert statuses(site) == ["pending"]
    site.pay(session_id)
    browser.get(f"{room_of(site, session_id)}thanks")
    assert statuses(site) == ["paid"]


def test_a_double_click_is_one_pledge_and_leads_to_one_session(site, make):
    make.reward(make.campaign(), stock=5)
    browser = site.browser()
    hidden = confirmed(browser)
    first, second = (session_id_of(browser.post(CONFIRM, data=hidden)) for _ in range(2))
    assert first == second
    assert statuses(site) == ["pending"]
    assert stock(site) == (1, 0)


def test_a_second_click_while_stripe_is_still_thinking_takes_nothing_away(site, make, monkeypatch):
    """Stripe answers 409 while the key is in use: the first request is on its way and must keep its pledge."""
    make.reward(make.campaign(), stock=5)
    browser = site.browser()
    hidden = confirmed(browser)
    monkeypatch.setattr("fundsite.payments.stripe_gateway.BUSY_SECONDS", 0)
    busy = {"match": "POST /v1/checkout/sessions", "status": 409, "code": "idempotency_key_in_use"}
    with site.faults(api=[busy]):
        reply = browser.post(CONFIRM, data=hidden)
    assert reply.status_code == 503
    assert statuses(site) == ["pending"]
    assert stock(site) == (1, 0)
    session_id_of(browser.post(CONFIRM, data=hidden))
    assert statuses(site) == ["pending"]


def test_a_reload_of_the_confirmation_is_the_same_pledge(site, make):
    make.reward(make.campaign())
    browser = site.browser()
    address = "/c/ie/pledge?reward=A"
    hidden = confirmed(browser)
    assert hidden_fields(browser.post(address, data=hidden).text)["attempt"] == hidden["attempt"]
    session_id_of(browser.post(CONFIRM, data=hidden))
    again = hidden_fields(browser.post(address, data=hidden).text)
    session_id_of(browser.post(CONFIRM, data=again))
    assert statuses(site) == ["pending"]


def test_the_back_button_after_payment_leads_to_the_thanks_and_charges_nothing(site, make):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    hidden = confirmed(browser)
    session_id = session_id_of(browser.post(CONFIRM, data=hidden))
    site.pay(session_id)
    browser.get(f"{room_of(site, session_id)}thanks")
    reply = browser.post(CONFIRM, data=hidden)
    assert reply.status_code == 303
    assert reply.location.endswith("/thanks")
    assert statuses(site) == ["paid"]
    assert figures(site) == (3_000, 1)


def test_paid_before_we_heard_of_it_the_back_button_finds_out(site, make):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    hidden = confirmed(browser)
    site.pay(session_id_of(browser.post(CONFIRM, data=hidden)))
    reply = browser.post(CONFIRM, data=hidden)
    assert reply.location.endswith("/thanks")
    assert (statuses(site), figures(site)) == (["paid"], (3_000, 1))


def test_two_tabs_of_one_browser_are_one_pledge(site, make):
    make.reward(make.campaign(), stock=5)
    browser = site.browser()
    one, two = confirmed(browser), confirmed(browser)
    assert one["attempt"] == two["attempt"]
    assert session_id_of(browser.post(CONFIRM, data=one)) == session_id_of(browser.post(CONFIRM, data=two))
    assert statuses(site) == ["pending"]


def test_two_people_are_two_pledges(site, make):
    make.reward(make.campaign(), stock=5)
    first, second = (session_id_of(pledged(site.browser())) for _ in range(2))
    assert first != second
    assert statuses(site) == ["pending", "pending"]


def test_a_changed_order_takes_the_place_of_the_one_that_is_still_unpaid(site, make):
    make.reward(make.campaign(), stock=2)
    browser = site.browser()
    first = session_id_of(pledged(browser))
    second = session_id_of(pledged(browser, quantity="2"))
    assert first != second
    assert site.session(first)["status"] == "expired"
    assert statuses(site) == ["canceled", "pending"]
    assert stock(site) == (2, 0)
    site.pay(second)
    site.work()
    assert (statuses(site), stock(site), figures(site)) == (["canceled", "paid"], (2, 2), (6_000, 1))
    assert site.check() == []


def test_a_changed_order_after_payment_is_not_a_second_one(site, make):
    make.reward(make.campaign(), stock=5)
    browser = site.browser()
    hidden = confirmed(browser)
    changed = {**hidden, "quantity": "2", "total": "6000"}
    site.pay(session_id_of(browser.post(CONFIRM, data=hidden)))
    reply = browser.post(CONFIRM, data=changed)
    assert reply.location.endswith("/thanks")
    assert (statuses(site), figures(site)) == (["paid"], (3_000, 1))


def test_after_payment_the_form_begins_a_new_pledge(site, make):
    make.reward(make.campaign(), stock=5)
    browser = site.browser()
    site.pay(session_id_of(pledged(browser)))
    site.work()
    assert session_id_of(pledged(browser))
    assert statuses(site) == ["paid", "pending"]


def test_the_form_of_an_unpaid_pledge_offers_to_resume_or_to_give_up(site, make):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    session_id = session_id_of(pledged(browser))
    page = browser.get("/c/ie/pledge?reward=A")
    assert page.status_code == 200, "the last one is held by this very visitor"
    room = room_of(site, session_id)
    assert f'action="{room}resume"' in page.text
    assert f'action="{room}give-up"' in page.text
    assert site.get("/c/ie/pledge?reward=A").status_code == 409


def left_page(site, browser, session_id):
    room = room_of(site, session_id)
    page = browser.get(f"{room}left")
    assert page.status_code == 200
    return room, hidden_fields(page.text)


def test_whoever_left_stripes_page_can_go_on(site, make):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    session_id = session_id_of(pledged(browser))
    room, hidden = left_page(site, browser, session_id)
    assert session_id_of(browser.post(f"{room}resume", data=hidden)) == session_id
    assert statuses(site) == ["pending"]


def test_giving_up_closes_the_session_and_gives_the_stock_back(site, make):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    session_id = session_id_of(pledged(browser))
    room, hidden = left_page(site, browser, session_id)
    assert browser.post(f"{room}give-up", data=hidden).status_code == 303
    assert site.session(session_id)["status"] == "expired"
    assert (statuses(site), stock(site)) == (["canceled"], (0, 0))
    assert browser.post(f"{room}give-up", data=hidden).status_code == 303
    assert stock(site) == (0, 0)
    assert session_id_of(pledged(browser)) != session_id
    assert site.check() == []


def test_stripes_own_news_of_the_closed_page_may_come_first(site, make, monkeypatch):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    session_id = session_id_of(pledged(browser))
    room, hidden = left_page(site, browser, session_id)
    gateway = site.app.extensions["fundsite.gateway"]
    close = gateway.expire_checkout

    def closed_and_told(number):
        state = close(number)
        for event in site.events_about(number):
            assert site.deliver(event).status_code == 200
        assert statuses(site) == ["expired"]
        return state

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "expire_checkout", closed_and_told)
        reply = browser.post(f"{room}give-up", data=hidden, follow_redirects=True)
    assert "お手続きを取りやめました" in reply.text
    assert (statuses(site), stock(site)) == (["canceled"], (0, 0))
    assert site.check() == []


def test_giving_up_what_was_paid_in_another_tab_is_thanked_for(site, make):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    session_id = session_id_of(pledged(browser))
    room, hidden = left_page(site, browser, session_id)
    site.pay(session_id)
    reply = browser.post(f"{room}give-up", data=hidden, follow_redirects=True)
    assert reply.request.path.endswith("/thanks")
    assert (statuses(site), figures(site)) == (["paid"], (3_000, 1))


def test_giving_up_while_stripe_is_away_keeps_the_pledge_as_it_is(site, make):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    session_id = session_id_of(pledged(browser))
    room, hidden = left_page(site, browser, session_id)
    with site.faults(api=[{"match": "*", "status": 503}]):
        assert browser.post(f"{room}give-up", data=hidden).status_code == 503
        assert browser.post(f"{room}resume", data=hidden).status_code == 503
        assert browser.get(f"{room}thanks").status_code == 200
        assert browser.get(f"{room}left").status_code == 200
    assert (statuses(site), stock(site)) == (["pending"], (1, 0))


def test_a_session_that_ran_out_gives_its_stock_back_and_cannot_be_resumed(site, make):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    session_id = session_id_of(pledged(browser))
    room, hidden = left_page(site, browser, session_id)
    site.expire(session_id)
    reply = browser.post(f"{room}resume", data=hidden)
    assert reply.status_code == 303
    assert "/c/pay/" not in reply.location
    assert (statuses(site), stock(site)) == (["expired"], (0, 0))
    assert site.check() == []


FAULTS = {
    "unreachable": {"match": "POST /v1/checkout/sessions", "drop_request": True},
    "failing": {"match": "POST /v1/checkout/sessions", "status": 500},
    "overloaded": {"match": "POST /v1/checkout/sessions", "status": 429, "code": "rate_limit"},
    "losing replies": {"match": "POST /v1/checkout/sessions", "drop_reply_after_act": True},
    "refusing": {"match": "POST /v1/checkout/sessions", "status": 400, "code": "parameter_invalid"},
    "refusing the key": {"match": "POST /v1/checkout/sessions", "status": 401},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_while_stripe_fails_nobody_is_charged_and_the_stock_is_given_back(site, make, fault):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    hidden = confirmed(browser)
    with site.faults(api=[FAULTS[fault]]):
        reply = browser.post(CONFIRM, data=hidden)
    assert reply.status_code == 503
    assert "お支払いは行われていません" in reply.text
    assert reply.headers["Cache-Control"] == "no-store"
    assert (statuses(site), stock(site)) == (["canceled"], (0, 0))
    assert site.one(select(func.count(OutboxMail.id))) == 0
    assert session_id_of(browser.post(CONFIRM, data=hidden)), "the same button works once Stripe is back"
    assert (statuses(site), stock(site)) == (["canceled", "pending"], (1, 0))
    assert site.check() == []


def test_a_slow_stripe_is_waited_for_no_longer_than_its_time_out(site, make):
    make.reward(make.campaign(), stock=1)
    client = site.app.extensions["fundsite.gateway"]._client
    assert client._requestor._client._timeout <= 10  # the library's own is 80 s
    hidden = confirmed(site.browser())
    assert hidden


def test_a_reply_that_was_lost_once_is_asked_for_again_with_the_same_key(site, make):
    make.reward(make.campaign(), stock=1)
    with site.faults(api=[{"match": "POST /v1/checkout/sessions", "drop_reply_after_act": True, "times": 1}]):
        session_id = session_id_of(pledged(site.browser()))
    reference = site.session(session_id)["client_reference_id"]
    made = [one for one in site.stripe("sessions")["sessions"] if one["client_reference_id"] == reference]
    assert len(made) == 1


def paid_late(site, stock_left, card="4242424242424242"):
    """Pay a session of which the supporter was told that nothing had come of it."""
    browser = site.browser()
    hidden = confirmed(browser)
    with site.faults(api=[FAULTS["losing replies"]]):
        assert browser.post(CONFIRM, data=hidden).status_code == 503
    reference = site.one(select(Pledge.reference))
    session = next(one for one in site.stripe("sessions")["sessions"] if one["client_reference_id"] == reference)
    site.change(update(Reward).values(stock=stock_left))
    site.pay(session["id"], card)
    return session


def late_payment(site, stock_left):
    """Pay late, and be told of it."""
    session = paid_late(site, stock_left)
    for event in site.events_about(session["id"]):
        assert site.deliver(event).status_code == 200
    return session


def test_a_payment_after_the_stock_was_given_back_is_taken_while_some_is_left(site, make):
    make.reward(make.campaign(), stock=1)
    late_payment(site, stock_left=1)
    assert (statuses(site), stock(site), figures(site)) == (["paid"], (1, 1), (3_000, 1))
    site.work()
    assert len(site.letterbox.to("hanako@example.jp")) == 1
    assert site.check() == []


def test_a_payment_after_the_last_one_went_is_paid_back_with_a_mail_that_says_why(site, make):
    make.reward(make.campaign(), stock=1)
    session = late_payment(site, stock_left=0)
    assert (statuses(site), stock(site), figures(site)) == (["refunded"], (0, 0), (0, 0))
    assert moves(site)[-2:] == [("canceled", "refund_due"), ("refund_due", "refunded")]
    intent = site.session(session["id"])["payment_intent"]
    refunds = [one for one in site.stripe("books")["refunds"] if one["payment_intent"] == intent]
    assert [one["amount"] for one in refunds] == [3_000]
    site.work()
    (mail,) = site.letterbox.to("hanako@example.jp")
    assert "返金" in mail["Subject"]
    assert "3,000円を全額" in mail.get_body(("plain",)).get_content()
    assert site.check() == []


def refunds_of(site, session_id):
    intent = site.session(session_id)["payment_intent"]
    return [one for one in site.stripe("books")["refunds"] if one["payment_intent"] == intent]


def test_a_refund_that_failed_is_none_and_the_money_goes_back_by_another(site, make):
    make.reward(make.campaign(), stock=1)
    session = paid_late(site, stock_left=0, card="4000000000005126")
    with site.faults(api=[{"match": "POST /v1/refunds", "drop_reply_after_act": True}]):
        for event in site.events_about(session["id"]):
            site.deliver(event)
    assert statuses(site) == ["refund_due"]

    def failed():
        return [one["status"] for one in refunds_of(site, session["id"])] == ["failed"]

    wait_until(failed, "the bank sends the refund back")
    site.work()
    assert statuses(site) == ["refunded"]
    first, second = sorted(refunds_of(site, session["id"]), key=lambda one: one["status"] != "failed")
    kept = site.rows(select(Refund.refund_id, Refund.status).order_by(Refund.id))
    assert [row[0] for row in kept] == [first["id"], second["id"]]
    assert kept[0].status == "failed"
    assert len(site.letterbox.to("hanako@example.jp")) == 1


def test_a_refund_that_cannot_be_made_now_is_made_by_the_worker_and_made_once(site, make):
    make.reward(make.campaign(), stock=1)
    with site.faults(api=[{"match": "* /v1/refunds*", "status": 500}]):
        browser = site.browser()
        hidden = confirmed(browser)
    with site.faults(api=[FAULTS["losing replies"]]):
        browser.post(CONFIRM, data=hidden)
    reference = site.one(select(Pledge.reference))
    session = next(one for one in site.stripe("sessions")["sessions"] if one["client_reference_id"] == reference)
    site.change(update(Reward).values(stock=0))
    site.pay(session["id"])
    with site.faults(api=[{"match": "POST /v1/refunds", "drop_reply_after_act": True}]):
        for event in site.events_about(session["id"]):
            site.deliver(event)
        assert statuses(site) == ["refund_due"]
    site.work()
    site.work()
    assert statuses(site) == ["refunded"]
    intent = site.session(session["id"])["payment_intent"]
    assert len([one for one in site.stripe("books")["refunds"] if one["payment_intent"] == intent]) == 1
    assert len(site.letterbox.to("hanako@example.jp")) == 1
    assert site.check() == []


def test_a_refunded_supporter_is_never_shown_the_page_of_thanks(site, make):
    make.reward(make.campaign(), stock=1)
    session = late_payment(site, stock_left=0)
    browser = site.browser()
    room = room_of(site, session["id"])
    for page in ("thanks", "left"):
        shown = browser.get(f"{room}{page}", follow_redirects=True)
        assert shown.status_code == 200
        assert "お支払いを確認しました" not in shown.text
        assert "返金済み" in shown.text


def test_a_session_over_another_amount_is_not_counted(site, make):
    make.reward(make.campaign(), stock=1)
    session_id = session_id_of(pledged(site.browser()))
    site.change(update(Pledge).values(extra=100, total=3_100))
    site.pay(session_id)
    site.work()
    assert (statuses(site), figures(site)) == (["pending"], (0, 0))
    assert site.letterbox.mails == []
