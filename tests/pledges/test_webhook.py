"""Deliveries from Stripe: verified, counted once, and hints only."""

import json
import time

import pytest
from sqlalchemy import func, select, update

from fundsite.campaigns.models import Campaign
from fundsite.mail import OutboxMail
from fundsite.payments.gateway import GatewayUnavailable
from fundsite.pledges import hints
from fundsite.pledges.models import Pledge, PledgeEvent, StripeEvent
from fundsite.rewards.models import Reward
from support.databases import on_sqlite
from support.factories import pledged
from support.site import session_id_of


@pytest.fixture
def paid(site, make):
    """A pledge whose session is paid, of which nobody told us yet; returns Stripe's event."""
    make.reward(make.campaign(), stock=3)
    session_id = session_id_of(pledged(site.browser()))
    site.pay(session_id)
    (event,) = site.events_about(session_id)
    return event


def post(site, payload, headers):
    return site.browser().post("/webhooks/stripe", data=payload, headers=headers)


def unchanged(site):
    assert site.one(select(Pledge.status)) == "pending"
    assert site.one(select(func.count(StripeEvent.id))) == 0
    assert site.one(select(func.count(OutboxMail.id))) == 0
    assert site.one(select(Campaign.raised)) == 0
    return True


def settled_once(site):
    assert site.one(select(Pledge.status)) == "paid"
    moves = [
        tuple(row) for row in site.rows(select(PledgeEvent.from_status, PledgeEvent.to_status).order_by(PledgeEvent.id))
    ]
    assert moves == [(None, "pending"), ("pending", "paid")]
    assert site.one(select(func.count(OutboxMail.id))) == 1
    assert tuple(site.one(select(Campaign.raised, Campaign.backers))) == (3_000, 1)
    assert tuple(site.one(select(Reward.claimed, Reward.pledged))) == (1, 1)
    assert site.check() == []
    return True


def test_a_signed_delivery_settles_the_pledge(site, paid):
    reply = site.deliver(paid)
    assert (reply.status_code, reply.text) == (200, "applied\n")
    assert settled_once(site)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Stripe-Signature": ""},
        {"Stripe-Signature": "nonsense"},
        {"Stripe-Signature": "t=1,v1="},
        {"Stripe-Signature": "t=x,v1=x"},
        {"Stripe-Signature": "v1=0123,t=99999999999999999999"},
        {"Stripe-Signature": "t=1,v1=\u00e9"},
    ],
)
@on_sqlite
def test_a_delivery_without_a_good_signature_is_refused(site, paid, headers):
    assert post(site, json.dumps(paid), headers).status_code == 400
    assert unchanged(site)


@on_sqlite
def test_a_signature_with_another_secret_or_over_another_body_is_refused(site, paid):
    payload = json.dumps(paid)
    assert post(site, payload, site.signed(payload, secret="whsec_other")).status_code == 400
    assert post(site, payload + " ", site.signed(payload)).status_code == 400
    assert unchanged(site)


@on_sqlite
def test_a_delivery_that_was_signed_long_ago_is_refused(site, paid):
    payload = json.dumps(paid)
    assert post(site, payload, site.signed(payload, at=time.time() - 310)).status_code == 400
    assert unchanged(site)
    assert post(site, payload, site.signed(payload, at=time.time() - 200)).status_code == 200


@on_sqlite
def test_while_a_secret_is_rolled_either_signature_counts(site, paid):
    payload = json.dumps(paid)
    old, new = site.signed(payload, secret="whsec_old"), site.signed(payload)
    both = f"{old['Stripe-Signature']},{new['Stripe-Signature'].partition(',')[2]}"
    assert post(site, payload, {"Stripe-Signature": both}).status_code == 200
    assert settled_once(site)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "garbage",
        "[]",
        "null",
        "{}",
        '"text"',
        '{"id": "evt_1"}',
        '{"id": "evt_1", "type": "checkout.session.completed", "data": null}',
        '{"id": "evt_1", "type": "checkout.session.completed", "data": {"object": []}}',
        '{"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {"id": "x", "metadata": "text"}}}',
        "[" * 100_000,
    ],
)
@on_sqlite
def test_signed_garbage_is_refused(site, paid, payload):
    assert paid
    assert post(site, payload, site.signed(payload)).status_code == 400
    assert unchanged(site)


@on_sqlite
def test_bytes_that_are_no_text_are_refused(site, paid):
    assert paid
    payload = b'{"id": "\xff\xfe"}'
    assert post(site, payload, site.signed(payload)).status_code == 400
    assert unchanged(site)


@on_sqlite
def test_a_type_that_we_do_not_handle_is_taken_and_ignored(site, paid):
    for kind in ("charge.succeeded", "invoice.created", "something.new", ""):
        assert site.deliver({**paid, "type": kind}).status_code == 200
    assert unchanged(site)


@on_sqlite
def test_another_programs_object_is_taken_and_ignored(site, paid):
    session = paid["data"]["object"]
    for marks in ({}, None, {"fundsite_site": "other.example.org", "fundsite_reference": "AAAA-AAAA"}, {"order": "1"}):
        assert site.deliver({**paid, "data": {"object": {**session, "metadata": marks}}}).status_code == 200
    assert unchanged(site)


def test_our_mark_on_a_session_that_stripe_does_not_know_changes_nothing(site, paid):
    session = {**paid["data"]["object"], "id": "cs_test_unknown"}
    reply = site.deliver({**paid, "id": "evt_forged", "data": {"object": session}})
    assert (reply.status_code, reply.text) == (200, "unknown object\n")
    assert site.one(select(Pledge.status)) == "pending"


def test_what_a_delivery_claims_is_not_believed(site, make):
    make.reward(make.campaign())
    session_id = session_id_of(pledged(site.browser()))
    site.expire(session_id)
    (event,) = site.events_about(session_id)
    lie = {**event["data"]["object"], "status": "complete", "payment_status": "paid"}
    assert site.deliver({**event, "type": "checkout.session.completed", "data": {"object": lie}}).status_code == 200
    assert site.one(select(Pledge.status)) == "expired"


def test_eight_copies_of_one_delivery_count_once(site, paid):
    outcomes = [site.deliver(paid).text for _ in range(8)]
    assert outcomes == ["applied\n"] + ["seen before\n"] * 7
    assert settled_once(site)
    site.work()
    assert len(site.letterbox.mails) == 1


def test_two_events_about_one_payment_count_once(site, paid):
    assert site.deliver(paid).status_code == 200
    assert (
        site.deliver({**paid, "id": "evt_other", "type": "checkout.session.async_payment_succeeded"}).status_code == 200
    )
    assert settled_once(site)


def test_an_expiry_that_comes_before_its_payment_was_told_changes_nothing(site, paid):
    """Deliveries come in any order, and the present state is what counts: it is paid."""
    assert site.deliver({**paid, "id": "evt_first", "type": "checkout.session.expired"}).status_code == 200
    assert settled_once(site)
    assert site.deliver(paid).status_code == 200
    assert settled_once(site)


def test_an_expired_session_gives_its_stock_back_once(site, make):
    make.reward(make.campaign(), stock=3)
    session_id = session_id_of(pledged(site.browser(), quantity="2"))
    assert site.one(select(Reward.claimed)) == 2
    site.expire(session_id)
    (event,) = site.events_about(session_id)
    assert event["type"] == "checkout.session.expired"
    for copy in (event, event, {**event, "id": "evt_again"}):
        assert site.deliver(copy).status_code == 200
    assert site.one(select(Reward.claimed)) == 0
    assert site.one(select(Pledge.status)) == "expired"
    assert site.check() == []


def test_while_stripe_cannot_be_asked_the_delivery_is_wanted_again(site, paid):
    with site.faults(api=[{"match": "GET /v1/checkout/sessions/*", "status": 503}]):
        assert site.deliver(paid).status_code == 503
    assert site.one(select(Pledge.status)) == "pending"
    assert site.deliver(paid).status_code == 200
    assert settled_once(site)


def test_dead_between_writing_a_delivery_down_and_applying_it_the_repetition_counts(site, paid, monkeypatch):
    def dies(_session_id):
        raise GatewayUnavailable("the process died here")

    with monkeypatch.context() as patch:
        patch.setattr(hints, "apply_present", dies)
        assert site.deliver(paid).status_code == 503
    assert site.one(select(func.count(StripeEvent.id))) == 1
    assert site.one(select(StripeEvent.handled_at)) is None
    assert site.deliver(paid).status_code == 200
    assert settled_once(site)


def test_dead_between_applying_a_delivery_and_noting_it_the_repetition_counts_once(site, paid):
    assert site.deliver(paid).status_code == 200
    site.change(update(StripeEvent).values(handled_at=None))
    assert site.deliver(paid).text == "applied\n"
    assert settled_once(site)


@on_sqlite
def test_a_delivery_is_no_page_to_look_at(site):
    assert site.get("/webhooks/stripe").status_code == 405
