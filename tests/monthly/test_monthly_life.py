"""Support month by month: signing up, renewals, a card that fails, and the end."""

import random

import pytest
import requests
from sqlalchemy import func, select

from fundsite.books.models import LedgerEntry
from fundsite.campaigns.models import Campaign
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Payment, Pledge, PledgeEvent, Refund
from fundsite.pledges.monthly.acts import NothingToStop, stop
from fundsite.pledges.monthly.following import follow
from fundsite.pledges.monthly.models import MonthlySupport
from fundsite.pledges.reconcile import reconcile
from fundsite.pledges.statement import apply_payment
from fundsite.rewards.models import Reward
from support.factories import confirmed, pledged
from support.monthly import DECLINES, KEY
from support.races import at_once
from support.site import session_id_of


def payments(site):
    columns = (Payment.purpose, Payment.number, Payment.status, Payment.received)
    return [tuple(row) for row in site.rows(select(*columns).order_by(Payment.number))]


def booked(site, kind):
    return [amount for (amount,) in site.rows(select(LedgerEntry.amount).where(LedgerEntry.kind == kind))]


def figures(site):
    return (
        site.one(select(Pledge.status)),
        tuple(site.one(select(Campaign.raised, Campaign.backers))),
        tuple(site.one(select(Reward.claimed, Reward.pledged))),
    )


def told(site, kind):
    return site.one(select(func.count(OutboxMail.id)).where(OutboxMail.kind == kind))


def moves(site):
    rows = select(PledgeEvent.to_status).order_by(PledgeEvent.id)
    return [status for (status,) in site.rows(rows)]


def test_signing_up_makes_a_supporter_whose_first_month_is_in_the_books(monthly):
    monthly.sign_up()
    site = monthly.site
    assert figures(site) == ("active", (1_000, 1), (1, 1))
    assert payments(site) == [("renewal", 1, "paid", 1_000)]
    assert booked(site, "charge") == [1_000]
    site.work()
    assert booked(site, "fee") == [-36]
    assert told(site, "pledge_thanks") == 1
    subscription = monthly.subscription()
    assert site.one(select(Pledge.subscription_id, Pledge.customer_id)) == (
        subscription["id"],
        subscription["customer"],
    )
    assert set(subscription["metadata"]) == {"fundsite_reference", "fundsite_site"}
    assert site.check() == []


def test_what_is_pledged_without_a_tier_is_paid_each_month(monthly):
    monthly.sign_up(code="", extra="700")
    monthly.next_month()
    monthly.tell()
    assert booked(monthly.site, "charge") == [700, 700]
    assert figures(monthly.site)[1] == (700, 1)


def test_three_renewals_are_three_more_payments_and_raise_nothing_more(monthly):
    monthly.sign_up()
    for _month in range(3):
        monthly.next_month()
        monthly.tell()
    monthly.site.work()
    assert payments(monthly.site) == [("renewal", number, "paid", 1_000) for number in (1, 2, 3, 4)]
    assert booked(monthly.site, "charge") == [1_000] * 4
    assert booked(monthly.site, "fee") == [-36] * 4
    assert figures(monthly.site) == ("active", (1_000, 1), (1, 1))
    assert told(monthly.site, "pledge_thanks") == 1
    assert monthly.site.check() == []


def test_a_failed_renewal_is_told_once_and_a_new_card_makes_it_good(monthly):
    monthly.sign_up()
    monthly.card(DECLINES)
    monthly.next_month()
    monthly.tell()
    assert figures(monthly.site) == ("past_due", (1_000, 1), (1, 1))
    assert payments(monthly.site)[1] == ("renewal", 2, "failed", 0)
    monthly.days(3)
    monthly.tell()
    assert told(monthly.site, "pledge_past_due") == 1, "two tries of one month are one mail"
    monthly.card("4242424242424242")
    monthly.tell()
    assert figures(monthly.site)[0] == "active"
    assert payments(monthly.site)[1] == ("renewal", 2, "paid", 1_000)
    monthly.card(DECLINES)
    monthly.next_month()
    monthly.tell()
    assert told(monthly.site, "pledge_past_due") == 2, "another month is another mail"
    assert moves(monthly.site) == ["pending", "active", "past_due", "active", "past_due"]
    monthly.site.work()
    assert monthly.site.check() == []


def test_when_stripe_gives_up_the_support_ends_and_the_tier_is_free_again(monthly):
    monthly.sign_up()
    monthly.card(DECLINES)
    monthly.next_month()
    monthly.days(8)
    monthly.tell()
    assert figures(monthly.site) == ("ended", (0, 0), (0, 0))
    assert (told(monthly.site, "pledge_ended"), booked(monthly.site, "charge")) == (1, [1_000])
    monthly.site.work()
    assert monthly.site.check() == []


def test_who_stops_has_the_month_that_is_paid_and_is_charged_no_more(monthly):
    monthly.sign_up()
    with monthly.site.inside():
        stop(monthly.site.one(select(Pledge.id)))
    assert monthly.subscription()["cancel_at_period_end"]
    ends_at = monthly.site.one(select(MonthlySupport.ends_at))
    assert int(ends_at.timestamp()) == monthly.subscription()["cancel_at"]
    assert figures(monthly.site)[0] == "active"
    monthly.next_month()
    monthly.tell()
    assert figures(monthly.site) == ("ended", (0, 0), (0, 0))
    assert booked(monthly.site, "charge") == [1_000]
    assert (told(monthly.site, "pledge_ending"), told(monthly.site, "pledge_ended")) == (1, 1)
    assert monthly.site.check() == []


def test_who_stops_while_a_month_is_unpaid_is_not_charged_for_it(monthly):
    monthly.sign_up()
    monthly.card(DECLINES)
    monthly.next_month()
    monthly.tell()
    with monthly.site.inside():
        stop(monthly.site.one(select(Pledge.id)))
    assert (monthly.status(), monthly.subscription()["status"]) == ("ended", "canceled")
    monthly.days(40)
    monthly.tell()
    assert booked(monthly.site, "charge") == [1_000]
    assert monthly.site.check() == []


def test_a_stop_whose_answer_was_lost_is_one_stop(monthly):
    monthly.sign_up()
    pledge_id = monthly.site.one(select(Pledge.id))
    lost = [{"match": "POST /v1/subscriptions/*", "drop_reply_after_act": True}]
    with monthly.site.faults(api=lost), monthly.site.inside():
        stop(pledge_id)
    assert monthly.site.one(select(MonthlySupport.cancel_asked_at)) is not None
    monthly.site.work()
    with monthly.site.inside():
        stop(pledge_id)
    cancel_asked_at, ends_at = monthly.site.one(select(MonthlySupport.cancel_asked_at, MonthlySupport.ends_at))
    assert (cancel_asked_at, ends_at is not None) == (None, True)
    assert told(monthly.site, "pledge_ending") == 1


def test_a_stop_that_stripe_could_not_hear_is_told_to_it_by_the_worker(monthly):
    monthly.sign_up()
    with monthly.site.faults(api=[{"match": "*", "status": 503}]), monthly.site.inside():
        stop(monthly.site.one(select(Pledge.id)))
    assert not monthly.subscription()["cancel_at_period_end"]
    monthly.site.work()
    assert monthly.subscription()["cancel_at_period_end"]


def test_what_has_ended_cannot_be_stopped(monthly):
    monthly.sign_up()
    requests.delete(f"{monthly.site.stripe_url}/v1/subscriptions/{monthly.subscription_id}", auth=KEY, timeout=10)
    monthly.tell()
    assert monthly.status() == "ended"
    with monthly.site.inside(), pytest.raises(NothingToStop):
        stop(monthly.site.one(select(Pledge.id)))


def test_an_end_that_was_taken_back_in_the_portal_is_no_end(monthly):
    monthly.sign_up()
    address = f"{monthly.site.stripe_url}/v1/subscriptions/{monthly.subscription_id}"
    for wanted in ("true", "false"):
        requests.post(address, data={"cancel_at_period_end": wanted}, auth=KEY, timeout=10).raise_for_status()
        monthly.tell()
    assert monthly.site.one(select(MonthlySupport.ends_at)) is None
    monthly.next_month()
    monthly.tell()
    assert booked(monthly.site, "charge") == [1_000, 1_000]


def a_life(monthly):
    """Sign up, be renewed, fail, recover and end; return every event of it."""
    monthly.sign_up(tell=False)
    monthly.next_month()
    monthly.card(DECLINES)
    monthly.next_month()
    monthly.card("4242424242424242")
    monthly.next_month()
    requests.delete(f"{monthly.site.stripe_url}/v1/subscriptions/{monthly.subscription_id}", auth=KEY, timeout=10)
    return monthly.news()


@pytest.mark.parametrize("seed", range(3))
def test_lost_doubled_and_reordered_news_end_in_the_same_state(monthly, seed):
    dice = random.Random(seed)  # noqa: S311 - the same each time
    events = [event for event in a_life(monthly) for _ in range(2) if dice.random() < 0.5]
    dice.shuffle(events)
    monthly.tell(events)
    monthly.site.work()
    assert figures(monthly.site) == ("ended", (0, 0), (0, 0))
    assert booked(monthly.site, "charge") == [1_000] * 4
    assert moves(monthly.site) == ["pending", "active", "ended"]
    assert (told(monthly.site, "pledge_thanks"), told(monthly.site, "pledge_ended")) == (1, 1)
    assert monthly.site.check() == []


def test_news_delivered_one_by_one_late_changes_nothing_more(monthly):
    events = a_life(monthly)
    monthly.tell(events)
    before = moves(monthly.site), payments(monthly.site)
    monthly.tell(events[::-1])
    monthly.site.work()
    assert (moves(monthly.site), payments(monthly.site)) == before


def test_when_every_delivery_is_lost_reconcile_brings_it_all(monthly):
    monthly.sign_up(tell=False)
    monthly.site.work()
    assert monthly.status() == "active"
    for _month in range(2):
        monthly.next_month()
        monthly.site.work()
    assert booked(monthly.site, "charge") == [1_000] * 3
    monthly.card(DECLINES)
    monthly.next_month()
    with monthly.site.inside():
        found = reconcile()
    assert (len(found.applied), found.unexplained) == (1, [])
    assert monthly.status() == "past_due"
    with monthly.site.inside():
        assert reconcile().applied == []
    monthly.site.work()
    assert monthly.site.check() == []


def test_another_programs_subscription_is_left_alone(monthly):
    data = {
        "mode": "subscription",
        "success_url": "https://example.org",
        "line_items[0][quantity]": 1,
        "line_items[0][price_data][currency]": "jpy",
        "line_items[0][price_data][unit_amount]": 500,
        "line_items[0][price_data][recurring][interval]": "month",
        "line_items[0][price_data][product_data][name]": "会報",
    }
    made = requests.post(f"{monthly.site.stripe_url}/v1/checkout/sessions", data=data, auth=KEY, timeout=10).json()
    monthly.site.pay(made["id"])
    monthly.tell()
    monthly.site.work()
    assert monthly.site.rows(select(Payment.id)) == []
    with monthly.site.inside():
        assert reconcile().unexplained == []
    assert monthly.ask("subscriptions")["data"][0]["status"] == "active"


def test_a_subscription_that_stripe_charges_otherwise_than_agreed_is_named(monthly):
    monthly.sign_up()
    monthly.site.change(Pledge.__table__.update().values(extra=100, total=1_100))
    with monthly.site.inside():
        found = reconcile()
    assert any("Stripe takes 1000 a month" in line for line in found.unexplained)


def test_of_two_who_want_the_last_tier_one_is_served_and_nobody_pays_for_nothing(monthly):
    monthly.site.change(Reward.__table__.update().values(stock=1))
    monthly.sign_up()
    reply = monthly.site.browser().get("/c/maitsuki/pledge?reward=A")
    assert reply.status_code == 409


def test_a_first_month_that_comes_when_the_tier_is_gone_goes_back_and_nothing_more_is_charged(monthly):
    monthly.site.change(Reward.__table__.update().values(stock=1))
    session_id = session_id_of(pledged(monthly.site.browser(), slug="maitsuki"))
    monthly.site.change(
        Pledge.__table__.update().values(status="canceled", holds_stock=False),
        PledgeEvent.__table__.insert().values(
            pledge_id=1, from_status="pending", to_status="canceled", cause="test", at=func.current_timestamp()
        ),
        Reward.__table__.update().values(claimed=0, stock=0),
    )
    monthly.site.pay(session_id)
    monthly.tell()
    monthly.site.work()
    assert figures(monthly.site) == ("refunded", (0, 0), (0, 0))
    assert monthly.site.one(select(Refund.status, Refund.amount)) == ("succeeded", 1_000)
    assert monthly.subscription()["status"] == "canceled"


def test_no_more_than_one_a_month_can_be_ordered(monthly):
    form = confirmed(monthly.site.browser(), slug="maitsuki", quantity="2")
    assert form.get("quantity") is None
    assert form["total"] == "1000"


def test_several_deliveries_at_once_make_one_supporter_and_book_each_month_once(monthly):
    monthly.sign_up(tell=False)
    monthly.next_month()
    subscription_id = monthly.subscription_id
    assert at_once(monthly.site, 4, lambda number: follow(subscription_id, f"race:{number}"), ()) == [0] * 4
    monthly.card(DECLINES)
    monthly.next_month()
    assert at_once(monthly.site, 4, lambda number: follow(subscription_id, f"race:{number}"), ()) == [0] * 4
    assert moves(monthly.site) == ["pending", "active", "past_due"]
    assert booked(monthly.site, "charge") == [1_000, 1_000]
    assert (told(monthly.site, "pledge_thanks"), told(monthly.site, "pledge_past_due")) == (1, 1)
    monthly.site.work()
    assert monthly.site.check() == []


def test_two_stops_at_once_are_one(monthly):
    monthly.sign_up()
    pledge_id = monthly.site.one(select(Pledge.id))
    assert at_once(monthly.site, 2, lambda _number: stop(pledge_id), NothingToStop) == [0, 0]
    assert told(monthly.site, "pledge_ending") == 1


def test_what_was_fetched_before_another_applied_is_fetched_again(monthly, monkeypatch):
    """The slower of two has seen the card fail; the month was paid before it came to write that down."""
    monthly.sign_up()
    monthly.card(DECLINES)
    monthly.next_month()
    monthly.tell()
    gateway = monthly.site.app.extensions["fundsite.gateway"]
    fetch, subscription_id = gateway.subscription, monthly.subscription_id
    fetched = []

    def slow(name):
        state = fetch(name)
        fetched.append(state.status)
        if len(fetched) == 1:
            monthly.card("4242424242424242")
            follow(subscription_id, "faster")
        return state

    monkeypatch.setattr(gateway, "subscription", slow)
    with monthly.site.inside():
        follow(subscription_id, "slower")
    assert fetched == ["past_due", "active", "active"]
    assert monthly.status() == "active"


def test_a_first_month_that_comes_late_is_taken_while_a_tier_is_left(monthly):
    session_id = session_id_of(pledged(monthly.site.browser(), slug="maitsuki"))
    monthly.site.change(
        Pledge.__table__.update().values(status="canceled", holds_stock=False),
        PledgeEvent.__table__.insert().values(
            pledge_id=1, from_status="pending", to_status="canceled", cause="test", at=func.current_timestamp()
        ),
        Reward.__table__.update().values(claimed=0),
    )
    monthly.site.pay(session_id)
    monthly.tell()
    monthly.site.work()
    assert figures(monthly.site) == ("active", (1_000, 1), (1, 1))
    assert monthly.site.check() == []


SPOILT = {
    "but no subscription is known": Pledge.__table__.update().values(subscription_id=None),
    "but no month was paid": Payment.__table__.update().values(status="canceled"),
    "but its campaign is not monthly": Campaign.__table__.update().values(funding="all_in"),
}


@pytest.mark.parametrize("said", SPOILT)
def test_check_names_what_is_not_as_monthly_support_must_be(monthly, said):
    monthly.sign_up()
    assert monthly.site.check() == []
    monthly.site.change(SPOILT[said])
    assert any(said in line for line in monthly.site.check())


def test_reconcile_names_who_goes_on_without_a_subscription_at_stripe(monthly):
    monthly.sign_up()
    monthly.site.change(Pledge.__table__.update().values(subscription_id="sub_gone"))
    with monthly.site.inside():
        found = reconcile()
    assert any("Stripe knows no subscription sub_gone" in line for line in found.unexplained)


def test_a_refund_of_one_month_in_the_dashboard_is_booked_and_the_support_goes_on(monthly):
    monthly.sign_up()
    intent = monthly.site.one(select(Payment.intent_id))
    monthly.site.stripe(f"payments/{intent}/refund", {"amount": 400})
    monthly.tell()
    assert booked(monthly.site, "refund") == [-400]
    assert figures(monthly.site) == ("active", (1_000, 1), (1, 1))
    assert monthly.site.check() == []


def test_a_dispute_of_one_month_is_booked_and_the_support_goes_on(monthly):
    monthly.sign_up()
    intent = monthly.site.one(select(Payment.intent_id))
    monthly.site.stripe(f"payments/{intent}/dispute", {})
    monthly.tell()
    monthly.site.work()
    assert booked(monthly.site, "dispute") == [-1_000]
    assert figures(monthly.site)[0] == "active"


def test_a_payment_that_bears_the_marks_itself_is_one_more_month_and_no_single_pledge(monthly):
    """Stripe puts no marks on what an invoice is paid with; should that change, nothing is counted otherwise."""
    monthly.sign_up()
    monthly.next_month()
    reference = monthly.site.one(select(Pledge.reference))
    metadata = monthly.subscription()["metadata"]
    newest = monthly.ask("payment_intents")["data"][0]["id"]
    marks = {f"metadata[{name}]": value for name, value in metadata.items()}
    requests.post(f"{monthly.site.stripe_url}/v1/payment_intents/{newest}", data=marks, auth=KEY, timeout=10)
    with monthly.site.inside():
        state = monthly.site.app.extensions["fundsite.gateway"].payment(newest)
        assert state.reference == reference
        apply_payment(state, "test")
    monthly.tell()
    assert payments(monthly.site) == [("renewal", number, "paid", 1_000) for number in (1, 2)]
    assert figures(monthly.site)[0] == "active"
    assert monthly.site.check() == []
