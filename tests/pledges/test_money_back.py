"""Money that goes back: asked for here or in Stripe's dashboard, it ends in the same state."""

import pytest
import requests
from sqlalchemy import func, select

from fundsite.books.models import AppendOnlyError, LedgerEntry
from fundsite.campaigns.models import Campaign
from fundsite.db import transaction
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Payment, Pledge, Refund
from fundsite.pledges.money_back import CannotRefund, act_on_refund, request_refund
from fundsite.pledges.reconcile import reconcile
from fundsite.rewards.models import Reward
from support.factories import pledged
from support.site import session_id_of

KEY = ("sk_test_notAKey", "")


@pytest.fixture
def paid(site, make):
    """A site with one pledge of 3,000 yen that is paid and in the books."""
    make.reward(make.campaign(), stock=3)
    site.pay(session_id_of(pledged(site.browser())))
    site.work()
    assert site.check() == []
    return site


def refund(site, amount, *, returns_stock=False):
    """Ask for a refund as staff do, and act on it."""
    with site.inside():
        with transaction() as session:
            pledge_id = session.scalar(select(Pledge.id))
            made = request_refund(session, pledge_id, amount, "ご要望により", returns_stock=returns_stock, by=None).id
        act_on_refund(made)


def at_the_dashboard(site, amount):
    """Give money back in Stripe's dashboard; we are told nothing."""
    intent = site.one(select(Payment.intent_id))
    reply = requests.post(
        f"{site.stripe_url}/v1/refunds", data={"payment_intent": intent, "amount": amount}, auth=KEY, timeout=10
    )
    reply.raise_for_status()
    return reply.json()["id"]


def entries(site):
    return dict(tuple(row) for row in site.rows(select(LedgerEntry.kind, LedgerEntry.amount)))


def figures(site):
    return (
        site.one(select(Pledge.status)),
        tuple(site.one(select(Campaign.raised, Campaign.backers))),
        tuple(site.one(select(Reward.claimed, Reward.pledged))),
    )


def test_a_paid_pledge_stands_in_the_books_with_its_fee(paid):
    booked = entries(paid)
    assert booked["charge"] == 3_000
    assert booked["fee"] < 0
    assert paid.one(select(Payment.fee_known))


def test_a_partial_refund_lowers_what_is_raised_and_the_pledge_stands(paid):
    refund(paid, 1_000)
    assert figures(paid) == ("paid", (2_000, 1), (1, 1))
    assert entries(paid)["refund"] == -1_000
    assert paid.check() == []


@pytest.mark.parametrize(("returns", "claimed"), [(True, 0), (False, 1)])
def test_a_whole_refund_takes_the_pledge_out_and_the_stock_follows_what_staff_said(paid, returns, claimed):
    refund(paid, 1_000)
    refund(paid, 2_000, returns_stock=returns)
    assert figures(paid) == ("refunded", (0, 0), (claimed, 0))
    assert paid.check() == []
    paid.work()
    told = paid.one(select(func.count(OutboxMail.id)).where(OutboxMail.kind == "pledge_refunded"))
    assert told == 2


def test_no_more_is_given_back_than_came(paid):
    refund(paid, 2_500)
    with pytest.raises(CannotRefund):
        refund(paid, 501)
    assert figures(paid)[1] == (500, 1)


def test_a_refund_whose_answer_was_lost_is_made_once(paid):
    with paid.faults(api=[{"match": "POST /v1/refunds", "drop_reply_after_act": True}]):
        refund(paid, 1_000)
    paid.work()
    assert paid.one(select(Refund.status)) == "succeeded"
    assert entries(paid)["refund"] == -1_000
    assert paid.check() == []


def test_a_refund_in_the_dashboard_ends_in_the_same_state(paid):
    refund_id = at_the_dashboard(paid, 3_000)
    (event,) = [event for event in paid.events_about(refund_id) if event["type"] == "refund.created"]
    for _ in range(3):
        assert paid.deliver(event).status_code == 200
    assert figures(paid) == ("refunded", (0, 0), (1, 0))
    assert paid.check() == []


def test_a_refund_in_the_dashboard_that_nobody_told_us_of_is_found_by_reconcile(paid):
    at_the_dashboard(paid, 500)
    with paid.inside():
        found = reconcile()
    assert len(found.applied) == 1
    reference = paid.one(select(Pledge.reference))
    assert not any(reference in line for line in found.unexplained), "what others left at the sandbox is theirs"
    assert figures(paid)[1] == (2_500, 1)
    with paid.inside():
        assert reconcile().applied == []
    assert paid.check() == []


def test_what_is_booked_is_never_changed(paid):
    with paid.inside(), pytest.raises(AppendOnlyError), transaction() as session:
        session.scalars(select(LedgerEntry)).first().amount = 1
        session.flush()
