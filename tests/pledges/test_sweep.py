"""The worker: pledges that nobody brought to an end."""

import contextlib
from datetime import timedelta

import time_machine
from sqlalchemy import func, select, update

from fundsite import clock
from fundsite.pledges.models import Pledge, PledgeEvent
from fundsite.pledges.sweep import sweep
from fundsite.rewards.models import Reward
from support.databases import on_sqlite
from support.factories import confirmed, pledged
from support.site import session_id_of


def statuses(site):
    return [status for (status,) in site.rows(select(Pledge.status).order_by(Pledge.id))]


def test_a_lost_webhook_is_made_good(site, make):
    make.reward(make.campaign())
    site.pay(session_id_of(pledged(site.browser())))
    site.work()
    assert statuses(site) == ["paid"]
    assert len(site.letterbox.to("hanako@example.jp")) == 1
    site.work()
    assert len(site.letterbox.mails) == 1
    assert site.check() == []


def test_a_lost_expiry_is_made_good(site, make):
    make.reward(make.campaign(), stock=1)
    site.expire(session_id_of(pledged(site.browser())))
    site.work()
    assert (statuses(site), site.one(select(Reward.claimed))) == (["expired"], 0)
    assert site.letterbox.mails == []


def test_dead_before_the_session_was_noted_the_worker_finds_the_same_one_again(site, make):
    make.reward(make.campaign())
    session_id = session_id_of(pledged(site.browser()))
    site.change(update(Pledge).values(checkout_session_id=None))
    site.work()
    assert site.one(select(Pledge.checkout_session_id)) == session_id
    assert statuses(site) == ["pending"]


def test_dead_before_the_session_was_noted_and_paid_meanwhile(site, make):
    make.reward(make.campaign())
    session_id = session_id_of(pledged(site.browser()))
    site.pay(session_id)
    site.change(update(Pledge).values(checkout_session_id=None))
    site.work()
    assert statuses(site) == ["paid"]
    assert site.check() == []


def test_dead_before_stripe_was_asked_the_worker_asks_and_the_stock_comes_back_in_time(site, make, monkeypatch):
    make.reward(make.campaign(), stock=1)
    browser = site.browser()
    hidden = confirmed(browser)

    def dies(_pledge):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("fundsite.pledges.checkout.open_checkout", dies)
        with contextlib.suppress(KeyboardInterrupt):
            browser.post("/c/ie/pledge/confirm", data=hidden)
    assert (statuses(site), site.one(select(Reward.claimed))) == (["pending"], 1)
    site.work()
    session_id = site.one(select(Pledge.checkout_session_id))
    assert site.session(session_id)["status"] == "open"
    site.expire(session_id)
    site.work()
    assert (statuses(site), site.one(select(Reward.claimed))) == (["expired"], 0)


def test_dead_before_stripe_was_asked_and_found_too_late_the_pledge_is_undone(site, make):
    make.reward(make.campaign(), stock=1)
    session_id_of(pledged(site.browser()))
    past = clock.now() - timedelta(hours=30)
    site.change(
        update(Pledge).values(checkout_session_id=None, hold_until=past, reference="ZZZZ-ZZZZ", created_at=past)
    )
    site.work()
    assert (statuses(site), site.one(select(Reward.claimed))) == (["canceled"], 0)


def test_while_stripe_is_away_the_worker_leaves_pledges_as_they_are(site, make):
    make.reward(make.campaign(), stock=1)
    session_id = session_id_of(pledged(site.browser()))
    site.pay(session_id)
    with site.faults(api=[{"match": "*", "status": 503}]):
        site.work()
    assert statuses(site) == ["pending"]
    site.work()
    assert statuses(site) == ["paid"]


@on_sqlite
def test_one_round_looks_at_every_pending_pledge_however_many(site, make, monkeypatch):
    monkeypatch.setattr("fundsite.pledges.sweep.LIMIT", 2)
    make.reward(make.campaign())
    sessions = [session_id_of(pledged(site.browser())) for _ in range(4)]
    for session_id in sessions:
        site.pay(session_id)
    site.work()
    assert statuses(site) == ["paid"] * 4


def due(site):
    with site.inside():
        return sweep()


@on_sqlite
def test_a_pledge_is_looked_at_after_two_minutes_then_ever_more_rarely_and_when_its_time_is_over(site, make):
    make.reward(make.campaign())
    session_id_of(pledged(site.browser()))
    start = site.one(select(Pledge.created_at))
    looks = []
    for minute in range(50):
        with time_machine.travel(start + timedelta(minutes=minute, seconds=45), tick=False):
            if site.one(select(Pledge.status)) == "pending" and due(site):
                looks.append(minute)
    assert looks[0] == 2
    assert looks[-1] == 40
    assert len(looks) <= 8
    assert statuses(site) == ["expired"]


@on_sqlite
def test_each_move_is_one_row_with_its_cause(site, make):
    make.reward(make.campaign())
    session_id = session_id_of(pledged(site.browser()))
    site.pay(session_id)
    site.work()
    rows = site.rows(select(PledgeEvent.from_status, PledgeEvent.to_status, PledgeEvent.cause).order_by(PledgeEvent.id))
    assert [tuple(row) for row in rows] == [
        (None, "pending", "supporter:confirmed"),
        ("pending", "paid", f"stripe:{session_id}:complete"),
    ]
    assert site.one(select(func.count(func.distinct(PledgeEvent.cause)))) == 2
