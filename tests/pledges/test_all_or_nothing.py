"""All-or-Nothing: cards are saved, and charged once if the goal is reached; otherwise nobody pays."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.db import transaction
from fundsite.payments.orders import ChargeOrder
from fundsite.pledges.lifecycle import move
from fundsite.pledges.models import Payment, Pledge, PledgeEvent, Refund
from fundsite.pledges.promised.charging import charge_due
from fundsite.pledges.promised.ending import end_campaigns
from fundsite.pledges.promised.figures import charge_lines
from fundsite.pledges.reconcile import reconcile
from fundsite.pledges.service import gateway
from fundsite.pledges.statement import apply_payment
from fundsite.rewards.models import Reward
from support.databases import on_sqlite
from support.factories import confirmed, filled, pledged
from support.races import at_once
from support.site import hidden_fields, session_id_of
from support.staffroom import signed_in

GOOD, REFUSED_LATER, ASKS_AGAIN = "4242424242424242", "4000000000000341", "4000002760003184"
GOAL = 6_000


@pytest.fixture
def promise(site, make):
    """Return what makes a promise: a supporter who saves a card at Stripe, told by no webhook."""
    make.reward(make.campaign(funding="all_or_nothing", goal=GOAL), stock=10)

    def one(card=GOOD, *, seen=True, **typed):
        session_id = session_id_of(pledged(site.browser(), **typed))
        site.pay(session_id, card)
        if seen:
            come_back(site, session_id)
        return session_id

    return one


def come_back(site, session_id):
    return site.get(site.session(session_id)["success_url"].removeprefix("http://localhost"), follow_redirects=True)


def statuses(site):
    return [status for (status,) in site.rows(select(Pledge.status).order_by(Pledge.id))]


def end(site):
    site.change(update(Campaign).values(ends_at=clock.now() - timedelta(minutes=1)))


def days_later(site, days):
    """Let days go by for the pledges: their own times move back."""
    shift = timedelta(days=days)
    moments = [(PledgeEvent, PledgeEvent.at), (Pledge, Pledge.next_look_at), (Payment, Payment.created_at)]
    for table, column in moments:
        for number, at in site.rows(select(table.id, column)):
            site.change(update(table).where(table.id == number).values({column.key: at - shift}))


def room_of(site, session_id):
    address = site.session(session_id)["success_url"].removeprefix("http://localhost")
    return address.removesuffix("thanks")


def press(site, room, action):
    browser = site.browser()
    hidden = hidden_fields(browser.get(room).text)
    return browser.post(f"{room}{action}", data={"csrf_token": hidden["csrf_token"]})


def charges(site):
    """Return what Stripe took for the pledges of this site, by reference."""
    references = {reference for (reference,) in site.rows(select(Pledge.reference))}
    taken = [one for one in site.stripe("books")["payment_intents"] if one["status"] == "succeeded"]
    marks = [one["metadata"].get("fundsite_reference") for one in taken]
    return sorted(mark for mark in marks if mark in references)


def subjects(site, address="hanako@example.jp"):
    return [mail["Subject"].partition(":")[0] for mail in site.letterbox.to(address)]


def test_a_saved_card_is_a_promise_that_counts_and_charges_nothing(site, promise):
    session_id = promise()
    assert statuses(site) == ["promised"]
    assert tuple(site.one(select(Campaign.raised, Campaign.backers))) == (3_000, 1)
    assert tuple(site.one(select(Reward.claimed, Reward.pledged))) == (1, 1)
    page = come_back(site, session_id).text
    assert "お申し込みを受け付けました。" in page
    assert "一度だけ" in page
    site.work()
    assert subjects(site) == ["お申し込みを受け付けました（お支払いは募集終了後です）"]
    assert "3,000円を一度だけ" in site.letterbox.mails[0].get_body(("plain",)).get_content()
    assert charges(site) == []
    assert site.check() == []


@on_sqlite
def test_the_consent_stands_on_our_page_and_on_stripes(site, promise):
    page = filled(site.browser()).text
    session_id = promise()
    session = site.session(session_id)
    said = session["custom_text"]["submit"]["message"]
    assert said in page
    assert "目標金額6,000円に届いた場合に限り" in said
    assert (session["mode"], session["currency"], session["payment_status"]) == ("setup", "jpy", "no_payment_required")
    assert session["customer"] == site.one(select(Pledge.customer_id))
    assert "いつでもお申し込みを取り下げることができます" in page


def test_a_lost_webhook_of_a_saved_card_is_made_good(site, promise):
    promise(seen=False)
    assert statuses(site) == ["pending"]
    site.work()
    assert statuses(site) == ["promised"]
    assert site.check() == []


@on_sqlite
def test_webhooks_late_doubled_and_in_any_order_make_one_promise(site, promise):
    session_id = promise(seen=False)
    for event in [*reversed(site.events_about(session_id))] * 2:
        assert site.deliver(event).status_code == 200
    assert statuses(site) == ["promised"]
    site.work()
    assert len(site.letterbox.mails) == 1


def test_the_goal_is_reached_and_each_card_is_charged_once(site, promise):
    for number in range(3):
        promise(email=f"p{number}@example.jp")
    end(site)
    site.work()
    site.work()
    assert statuses(site) == ["paid"] * 3
    assert len(charges(site)) == len(set(charges(site))) == 3
    closed = site.one(select(Campaign.closed_raised, Campaign.closed_backers, Campaign.closed_reached))
    assert tuple(closed) == (9_000, 3, True)
    assert site.one(select(Campaign.charged_at)) is not None
    assert subjects(site, "p0@example.jp")[-1].startswith("支援を受け付けました")
    assert site.check() == []


def test_the_goal_is_missed_and_nobody_is_charged(site, promise):
    session_id = promise()
    end(site)
    site.work()
    assert statuses(site) == ["uncharged"]
    assert charges(site) == []
    assert tuple(site.one(select(Reward.claimed, Reward.pledged))) == (0, 0)
    assert tuple(site.one(select(Campaign.raised, Campaign.closed_raised, Campaign.closed_backers))) == (0, 3_000, 1)
    assert subjects(site)[-1] == "プロジェクトは不成立となりました"
    page = site.get("/c/ie/").text
    assert "不成立" in page
    assert "3,000<small>円" in page
    assert "不成立" in come_back(site, session_id).text
    assert site.one(select(Pledge.saved_card_id)) is None, "the card was taken from Stripe"
    assert site.check() == []


def test_a_supporter_withdraws_until_the_end(site, promise):
    session_id = promise()
    assert press(site, room_of(site, session_id), "withdraw").status_code == 303
    assert statuses(site) == ["canceled"]
    assert tuple(site.one(select(Reward.claimed, Reward.pledged))) == (0, 0)
    assert site.one(select(Campaign.raised)) == 0
    assert site.one(select(Pledge.saved_card_id)) is None
    site.work()
    assert subjects(site)[-1] == "お申し込みの取り下げを承りました"
    assert site.check() == []


@on_sqlite
def test_withdrawing_does_not_wait_for_stripe(site, promise):
    room = room_of(site, promise())
    with site.faults(api=[{"match": "* /v1/payment_methods/*", "status": 503}]):
        assert press(site, room, "withdraw").status_code == 303
    assert statuses(site) == ["canceled"]
    assert site.one(select(Pledge.saved_card_id)) is not None
    site.change(update(Pledge).values(next_look_at=clock.now()))
    site.work()
    assert site.one(select(Pledge.saved_card_id)) is None


@on_sqlite
def test_after_the_end_nobody_withdraws(site, promise):
    session_id = promise()
    browser = site.browser()
    room = room_of(site, session_id)
    hidden = hidden_fields(browser.get(room).text)
    end(site)
    reply = browser.post(f"{room}withdraw", data={"csrf_token": hidden["csrf_token"]}, follow_redirects=True)
    assert "取り下げることができませんでした" in reply.text
    assert statuses(site) == ["promised"]


@pytest.mark.parametrize("card", [REFUSED_LATER, ASKS_AGAIN])
def test_a_declined_card_does_not_count_and_its_owner_is_asked(site, promise, card):
    promise(email="p1@example.jp")
    promise(email="p2@example.jp")
    promise(card)
    end(site)
    site.work()
    assert statuses(site) == ["paid", "paid", "declined"]
    assert tuple(site.one(select(Campaign.raised, Campaign.backers, Reward.claimed).join(Reward))) == (6_000, 2, 3)
    assert subjects(site)[-1] == "お支払いを確認できませんでした"
    assert site.check() == []


def test_the_card_is_tried_on_four_more_days_and_then_the_reward_is_released(site, promise):
    promise(email="p1@example.jp")
    promise(REFUSED_LATER)
    end(site)
    site.work()
    tried = []
    for day in range(1, 10):
        days_later(site, 1)
        before = site.one(select(func.count(Payment.id)))
        site.work()
        if site.one(select(func.count(Payment.id))) > before:
            tried.append(day)
    assert tried == [1, 3, 5, 7]
    assert statuses(site) == ["paid", "expired"]
    assert tuple(site.one(select(Reward.claimed, Reward.pledged))) == (1, 1)
    assert subjects(site).count("お支払いを確認できませんでした") == 1
    assert subjects(site)[-1] == "お申し込みを終了いたしました"
    assert site.check() == []


def declined(site, promise):
    promise(email="p1@example.jp")
    session_id = promise(REFUSED_LATER)
    room = room_of(site, session_id)
    end(site)
    site.work()
    assert statuses(site) == ["paid", "declined"]
    return room


def test_a_declined_supporter_pays_with_another_card(site, promise):
    room = declined(site, promise)
    again = session_id_of(press(site, room, "pay"))
    assert session_id_of(press(site, room, "pay")) == again, "one session, however often it is asked for"
    site.pay(again)
    site.work()
    assert statuses(site) == ["paid", "paid"]
    assert len(charges(site)) == 2
    assert site.check() == []


def test_while_somebody_stands_at_stripes_page_no_card_is_charged(site, promise):
    room = declined(site, promise)
    again = session_id_of(press(site, room, "pay"))
    days_later(site, 1)
    site.work()
    assert site.one(select(func.count(Payment.id)).where(Payment.purpose == "saved_card")) == 2
    site.expire(again)
    site.change(update(Pledge).values(next_look_at=clock.now()))
    site.work()
    assert statuses(site) == ["paid", "declined"], "a session that runs out ends no pledge"
    site.work()
    assert site.one(select(func.count(Payment.id)).where(Payment.purpose == "saved_card")) == 3
    assert session_id_of(press(site, room, "pay")) != again
    assert site.check() == []


@on_sqlite
def test_the_reply_to_opening_that_session_is_lost_and_the_same_one_is_found(site, promise):
    room = declined(site, promise)
    with site.faults(api=[{"match": "POST /v1/checkout/sessions", "drop_reply_after_act": True}]):
        assert press(site, room, "pay").status_code == 503
    again = session_id_of(press(site, room, "pay"))
    site.pay(again)
    site.work()
    assert statuses(site) == ["paid", "paid"]
    assert site.check() == []


def test_what_is_paid_twice_all_the_same_goes_back(site, promise):
    room = declined(site, promise)
    again = session_id_of(press(site, room, "pay"))
    site.pay(again)
    pledge = site.one(select(Pledge).where(Pledge.status == "declined"))
    with site.inside():  # as if a retry had been under way when the session was opened
        order = ChargeOrder(pledge.reference, 2, pledge.total, "JPY", pledge.customer_id, "pm_card_visa")
        apply_payment(gateway().charge(order), "saved_card:2:paid")
    site.work()
    assert statuses(site) == ["paid", "paid"]
    assert len(charges(site)) == 3
    for (payment_id,) in site.rows(select(Payment.intent_id).where(Payment.status == "paid")) * 2:
        with site.inside():  # as when its fee is known
            apply_payment(gateway().payment(payment_id), "news of it")
    site.work()
    assert site.rows(select(Refund.status, Refund.cause, Refund.amount)) == [("succeeded", "late", 3_000)]
    assert statuses(site) == ["paid", "paid"]
    assert site.check() == []


@on_sqlite
@pytest.mark.parametrize(
    "fault", [{"drop_reply_after_act": True}, {"status": 500, "after_act": True}, {"drop_request": True}]
)
def test_a_lost_reply_charges_nobody_twice(site, promise, fault):
    promise(email="p1@example.jp")
    promise()
    end(site)
    with site.faults(api=[{"match": "POST /v1/payment_intents", "times": 2, **fault}]):
        site.work()
    site.work()
    assert statuses(site) == ["paid", "paid"]
    assert len(charges(site)) == 2
    assert site.check() == []


@on_sqlite
def test_a_charge_that_was_begun_is_looked_for_once_its_key_is_forgotten(site, promise, monkeypatch):
    promise(email="p1@example.jp")
    promise()
    end(site)
    with site.faults(api=[{"match": "POST /v1/payment_intents", "times": 2, "drop_reply_after_act": True}]):
        site.work()
    monkeypatch.setattr("fundsite.sandbox.idempotency.LIFETIME", -1)
    site.work()
    assert statuses(site) == ["paid", "paid"]
    assert len(charges(site)) == 2


def test_two_workers_at_once_charge_each_card_once(site, promise):
    for number in range(6):
        promise(email=f"p{number}@example.jp")
    end(site)
    assert at_once(site, 2, lambda _number: end_campaigns(), RuntimeError) == [0, 0]
    site.work()
    assert statuses(site) == ["paid"] * 6
    assert len(charges(site)) == len(set(charges(site))) == 6
    assert site.check() == []


def test_a_death_at_any_step_charges_nobody_twice(site, promise, monkeypatch):
    """The worker dies before and after each request for money and each note of it."""
    for number in range(4):
        promise(email=f"p{number}@example.jp")
    end(site)
    for place in ("_present", "apply_payment", "new_payment"):
        dies_once_after(site, monkeypatch, f"fundsite.pledges.promised.charging.{place}")
    site.work()
    assert statuses(site) == ["paid"] * 4
    assert len(charges(site)) == len(set(charges(site))) == 4
    assert site.check() == []


def dies_once_after(site, monkeypatch, name):
    module, _, attribute = name.rpartition(".")
    real = getattr(__import__(module, fromlist=[attribute]), attribute)

    def dies(*args, **kwargs):
        real(*args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, site.inside():
        patch.setattr(name, dies)
        with pytest.raises(KeyboardInterrupt):
            end_campaigns(everything=True)


@on_sqlite
def test_who_began_in_time_may_finish_and_the_end_waits_for_them(site, promise):
    promise(email="p1@example.jp")
    session_id = session_id_of(pledged(site.browser()))
    end(site)
    site.work()
    assert site.one(select(Campaign.closed_at)) is None
    assert "集計" in site.get("/c/ie/").text
    site.pay(session_id)
    site.work()
    assert statuses(site) == ["paid", "paid"]


@on_sqlite
def test_a_card_that_is_saved_after_the_reward_was_given_back_takes_it_again_while_some_is_left(site, promise):
    first, second = promise(seen=False), promise(seen=False, email="p2@example.jp")
    with site.inside(), transaction() as session:
        for pledge in session.scalars(select(Pledge)):
            move(session, pledge, "expired", "test", clock.now())
    site.change(update(Reward).values(stock=1))
    for session_id in (first, second):
        for event in site.events_about(session_id):
            site.deliver(event)
    assert statuses(site) == ["promised", "expired"]
    site.work()
    assert site.rows(select(Pledge.saved_card_id).where(Pledge.status == "expired")) == [(None,)]
    assert site.check() == []


@on_sqlite
def test_a_card_that_is_gone_is_declined_and_the_rest_goes_on(site, promise):
    promise(email="p1@example.jp")
    promise()
    site.change(update(Pledge).where(Pledge.email == "p1@example.jp").values(saved_card_id="pm_gone"))
    end(site)
    site.work()
    assert statuses(site) == ["declined", "paid"]
    assert site.check() == []


@on_sqlite
def test_a_round_of_the_worker_charges_no_more_than_its_share(site, promise, monkeypatch):
    monkeypatch.setattr("fundsite.pledges.promised.charging.LIMIT", 2)
    for number in range(3):
        promise(email=f"p{number}@example.jp")
    end(site)
    with site.inside():
        end_campaigns()
    assert sorted(statuses(site)) == ["paid", "paid", "promised"]
    with site.inside():
        assert charge_due() == 1


@on_sqlite
def test_an_order_left_at_stripes_page_is_closed_for_good(site, promise):
    browser = site.browser()
    session_id = session_id_of(pledged(browser, email="p9@example.jp"))
    press(site, room_of(site, session_id), "give-up")
    assert statuses(site) == ["canceled"]
    assert site.session(session_id)["status"] == "expired"
    assert confirmed(browser)


def test_a_charge_that_nobody_noticed_is_found_by_reconcile(site, promise, monkeypatch):
    promise(email="p1@example.jp")
    promise()
    end(site)
    with site.inside():
        dies_once_after(site, monkeypatch, "fundsite.pledges.promised.charging._present")
        assert len(charges(site)) == 1
        found = reconcile(clock.now() - timedelta(hours=1))
    assert len(found.applied) == 1
    assert sorted(statuses(site)) == ["paid", "promised"]
    site.work()
    assert (statuses(site), len(charges(site))) == (["paid", "paid"], 2)
    assert site.check() == []


@on_sqlite
def test_a_saved_card_whose_webhook_was_lost_is_found_by_reconcile(site, promise):
    promise(seen=False)
    with site.inside():
        found = reconcile(clock.now() - timedelta(hours=1))
    assert (statuses(site), len(found.applied)) == (["promised"], 1)


@on_sqlite
def test_after_too_many_requests_the_round_ends_and_the_next_goes_on(site, promise):
    promise(email="p1@example.jp")
    promise()
    end(site)
    with site.faults(api=[{"match": "POST /v1/payment_intents", "status": 429}]):
        site.work()
    assert statuses(site) == ["promised", "promised"]
    assert charges(site) == []
    site.work()
    assert statuses(site) == ["paid", "paid"]


@on_sqlite
def test_a_key_that_is_refused_declines_nobody(site, promise):
    promise(email="p1@example.jp")
    promise()
    end(site)
    with site.faults(api=[{"match": "POST /v1/payment_intents", "status": 401}]):
        site.work()
    assert statuses(site) == ["promised", "promised"]
    assert "お支払いを確認できませんでした" not in subjects(site)


@on_sqlite
def test_check_names_a_promise_without_a_card(site, promise):
    promise()
    site.change(update(Pledge).values(saved_card_id=None))
    assert [line.partition(": ")[2] for line in site.check()] == ["it is promised, but no card is saved"]


@on_sqlite
def test_staff_see_how_many_were_charged_declined_and_wait(site, promise):
    promise(email="p1@example.jp")
    promise(email="p2@example.jp")
    promise(REFUSED_LATER)
    staff = signed_in(site, "accountant")
    assert "カードの登録のみをお預かりしています" in staff.get("/staff/campaigns/ie/dashboard/").text
    end(site)
    site.work()
    with site.inside():
        lines = charge_lines(1)
    found = {line.status: (line.count, line.amount) for line in lines if line.count}
    assert found == {"paid": (2, 6_000), "declined": (1, 3_000)}
    page = staff.get("/staff/campaigns/ie/dashboard/").text
    assert "カードの承認が得られず、再度お願い中" in page
    assert "成立しました" in page


@on_sqlite
def test_a_campaign_that_was_closed_stays_closed_whatever_its_days_say(site, promise):
    promise()
    end(site)
    site.work()
    site.change(update(Campaign).values(ends_at=clock.now() + timedelta(days=3)))
    assert site.get("/c/ie/pledge?reward=A").status_code == 409
    assert "不成立" in site.get("/c/ie/").text


@on_sqlite
def test_a_card_that_is_saved_after_the_goal_was_missed_is_not_charged_and_told_so(site, promise):
    session_id = session_id_of(pledged(site.browser()))
    site.change(update(Campaign).values(ends_at=clock.now() - timedelta(hours=1)))
    site.work()
    assert site.one(select(Campaign.closed_reached)) is False
    site.pay(session_id)
    site.work()
    assert statuses(site) == ["uncharged"]
    assert (site.one(select(Reward.claimed)), site.one(select(Pledge.saved_card_id))) == (0, None)
    assert subjects(site) == ["プロジェクトは不成立となりました"]
    assert site.check() == []


@on_sqlite
@pytest.mark.parametrize("path", ["customers", "checkout/sessions"])
def test_while_stripe_is_away_nothing_is_promised_and_nothing_taken(site, promise, path):
    with site.faults(api=[{"match": f"POST /v1/{path}", "status": 503}]):
        assert pledged(site.browser()).status_code == 503
    assert (statuses(site), site.one(select(Reward.claimed))) == (["canceled"], 0)


@on_sqlite
def test_while_stripe_is_away_a_declined_pledge_waits(site, promise):
    room = declined(site, promise)
    session_id_of(press(site, room, "pay"))
    days_later(site, 8)
    with site.faults(api=[{"match": "* /v1/*", "status": 503}]):
        site.work()
        assert press(site, room, "pay").status_code == 503
    assert statuses(site) == ["paid", "declined"]
    assert site.check() == []


@on_sqlite
def test_a_session_whose_time_was_over_before_it_was_opened_makes_room_for_another(site, promise):
    room = declined(site, promise)
    with site.faults(api=[{"match": "POST /v1/checkout/sessions", "drop_request": True}]):
        assert press(site, room, "pay").status_code == 503
    site.change(update(Pledge).values(hold_until=clock.now() - timedelta(hours=1)))
    assert press(site, room, "pay").status_code == 503
    assert session_id_of(press(site, room, "pay"))
    rows = site.rows(select(Payment.number, Payment.status).where(Payment.purpose == "checkout").order_by(Payment.id))
    assert [tuple(row) for row in rows] == [(1, "canceled"), (2, "open")]


@on_sqlite
def test_a_released_pledge_leaves_no_session_in_which_it_could_be_paid(site, promise):
    room = declined(site, promise)
    for day in (1, 2, 2, 2, 0):
        days_later(site, day)
        site.work()
    assert statuses(site) == ["paid", "expired"]
    assert press(site, room, "pay").location.endswith("/thanks")
    assert len(charges(site)) == 1


@on_sqlite
def test_who_is_charged_already_is_led_to_the_thanks(site, promise):
    room = declined(site, promise)
    again = session_id_of(press(site, room, "pay"))
    site.pay(again)
    reply = press(site, room, "pay")
    assert reply.location.endswith("/thanks")
    assert "ありがとうございます" in site.get(reply.location.removeprefix("http://localhost")).text


@on_sqlite
def test_a_card_that_stripe_already_forgot_is_forgotten_here(site, promise):
    room = room_of(site, promise())
    with site.faults(api=[{"match": "* /v1/payment_methods/*", "status": 404}]):
        press(site, room, "withdraw")
    assert (statuses(site), site.one(select(Pledge.saved_card_id))) == (["canceled"], None)
    assert press(site, room, "withdraw").location.endswith("late=1") is False


@on_sqlite
def test_news_of_the_card_that_come_after_the_release_promise_nothing_again(site, promise):
    promise(email="p1@example.jp")
    session_id = promise(REFUSED_LATER)
    end(site)
    for day in (0, 1, 2, 2, 2, 0):
        days_later(site, day)
        site.work()
    assert statuses(site) == ["paid", "expired"]
    for event in site.events_about(session_id):
        assert site.deliver(event).status_code == 200
    assert statuses(site) == ["paid", "expired"]
    assert site.check() == []
