"""Declines that leave their usual range are told to those who look after the money, once an hour."""

from datetime import timedelta

import pytest
import requests
import time_machine
from sqlalchemy import func, select

from fundsite import clock
from fundsite.db import transaction
from fundsite.mail import OutboxMail
from fundsite.pledges.decline_alarm import watch_declines
from fundsite.pledges.models import Payment, Pledge, PledgeEvent, StripeEvent
from support.databases import on_sqlite
from support.factories import pledged
from support.person import text_of
from support.site import session_id_of
from support.staffroom import signed_in

DASHBOARD = "/staff/campaigns/ie/dashboard/"
TOLD = "カードのお支払いが断られる回数が急に"

pytestmark = on_sqlite


@pytest.fixture
def staff(site, make):
    """One person of each role, and a campaign; returns the owner's browser."""
    make.reward(make.campaign())
    for role in ("accountant", "editor", "fulfilment"):
        signed_in(site, role)
    return signed_in(site)


def declined(site, count, ago=timedelta(minutes=1), kind="payment_intent.payment_failed", name="pi"):
    """Note as many deliveries."""
    at = clock.now() - ago
    with site.inside(), transaction() as session:
        known = session.scalar(select(func.count(StripeEvent.id))) or 0
        for n in range(known, known + count):
            session.add(StripeEvent(id=f"evt_{n}", type=kind, object_id=f"{name}_{n}", received_at=at, handled_at=at))


def watched(site):
    with site.inside():
        return watch_declines()


def told(site):
    return sorted(row[0] for row in site.rows(select(OutboxMail.recipient).where(OutboxMail.kind == "declines_rose")))


def test_many_declines_at_once_are_told_to_owners_and_accountants_once_an_hour(site, staff):
    with time_machine.travel(clock.now().replace(minute=30), tick=False) as time:
        declined(site, 10)
        assert watched(site) == 0
        assert TOLD not in staff.get(DASHBOARD).text
        declined(site, 1, kind="setup_intent.setup_failed", name="seti")
        assert watched(site) == 2
        assert watched(site) == 0
        assert told(site) == ["accountant@fund.example", "owner@fund.example"]
        assert TOLD in staff.get(DASHBOARD).text
        site.work()
        mails = [mail for mail in site.letterbox.mails if "断られました" in text_of(mail)]
        assert len(mails) == 2
        time.shift(timedelta(minutes=45))
        declined(site, 11)
        assert watched(site) == 2
        time.shift(timedelta(hours=25))
        assert TOLD not in staff.get(DASHBOARD).text


@pytest.mark.usefixtures("staff")
def test_what_is_usual_on_this_site_is_no_alarm(site):
    for days in range(1, 7):
        declined(site, 1_002, ago=timedelta(days=days))  # six within ten minutes of the week
    declined(site, 25)
    assert watched(site) == 0
    declined(site, 6)
    assert watched(site) == 2


@pytest.mark.usefixtures("staff")
def test_cards_that_the_site_charges_itself_are_not_counted(site, make):
    pledge = make.paid(make.campaign("other"))
    now = clock.now()
    values = {"pledge_id": pledge.id, "amount": 1, "status": "failed", "created_at": now, "next_look_at": now}
    with site.inside(), transaction() as session:
        session.add_all(
            Payment(purpose="saved_card", number=n, intent_id=f"pi_{n}", decline="card_declined", **values)
            for n in range(30)
        )
    declined(site, 30)
    assert watched(site) == 0


@pytest.mark.usefixtures("staff")
def test_a_decline_at_checkout_is_counted_and_moves_no_pledge(site):
    session_id = session_id_of(pledged(site.browser()))
    for _ in range(3):
        site.pay(session_id, card="4000000000000002")
    reference = site.one(select(Pledge.reference))
    address, wanted = f"{site.stripe_url}/v1/events", {"type": "payment_intent.payment_failed", "limit": 100}
    found = requests.get(address, params=wanted, auth=("sk_test_notAKey", ""), timeout=10).json()["data"]
    events = [event for event in found if event["data"]["object"]["metadata"].get("fundsite_reference") == reference]
    assert len(events) == 3
    for event in events * 2:
        assert site.deliver(event).status_code == 200
    assert site.one(select(func.count(StripeEvent.id)).where(StripeEvent.type == "payment_intent.payment_failed")) == 3
    assert site.one(select(Pledge.status)) == "pending"
    assert site.one(select(func.count(PledgeEvent.id))) == 1
    assert site.check() == []
