"""Many at once, over real HTTP, against the served product with two server processes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import requests
from sqlalchemy import func, select

from fundsite import clock, mail
from fundsite.db import transaction
from fundsite.pledges import access, lifecycle
from fundsite.pledges.models import Pledge, PledgeEvent, StripeEvent
from support.factories import Factory, confirmed
from support.letterbox import Letterbox
from support.running import RunningSite
from support.waiting import wait_until

RACERS, STOCK = 40, 5
QUEUED = 200
MOST_CONNECTIONS = 12  # 200 mails, 50 to a connection, two workers, and one each that finds nothing left


@pytest.fixture
def served(database, nursery, tmp_path):
    """A site with two server processes and an open campaign; no worker runs until a test starts one."""
    with Letterbox() as letterbox, RunningSite(nursery, database.url, tmp_path, letterbox, web_workers=2) as site:
        site.start("sandbox", "web")
        yield site
        assert site.complaints() == []


def at_once(count, act):
    """Call `act` with 0 … count-1 from as many threads, all let go at one moment."""
    start = Barrier(count)

    def together(number):
        start.wait(timeout=60)
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(together, range(count)))


def campaign_with(site, **reward):
    with site.app.app_context():
        make = Factory(site)
        make.reward(make.campaign(), **reward)


def paid_pledge(site):
    """Pledge and pay while every webhook is lost; return the event that was not delivered, and the reference."""
    visitor = site.visitor()
    form = confirmed(visitor, "ie", "A")
    with site.faults(webhooks={"lose": 1.0}):
        address = visitor.post("/c/ie/pledge/confirm", data=form).headers["Location"]
        session_id = address.rpartition("/")[2]
        assert site.pay(session_id)["outcome"] == "succeeded"
    [event] = [event for event in site.events_about(session_id) if event["type"] == "checkout.session.completed"]
    return event


def test_of_forty_who_race_for_five_pieces_five_reach_checkout_and_the_others_are_told(served):
    campaign_with(served, stock=STOCK)
    racers = [served.visitor() for _ in range(RACERS)]
    with ThreadPoolExecutor(8) as pool:
        forms = list(
            pool.map(
                lambda number: confirmed(racers[number], "ie", "A", email=f"racer{number}@example.jp"), range(RACERS)
            )
        )
    replies = at_once(RACERS, lambda number: racers[number].post("/c/ie/pledge/confirm", data=forms[number]))
    assert Counter(reply.status_code for reply in replies) == {303: STOCK, 409: RACERS - STOCK}
    assert len({reply.headers["Location"] for reply in replies if reply.status_code == 303}) == STOCK
    assert all("在庫がなくなりました" in reply.text for reply in replies if reply.status_code == 409)
    assert served.rows(select(Pledge.status, func.count()).group_by(Pledge.status)) == [("pending", STOCK)]
    assert len(served.stripe("books")["sessions"]) == STOCK
    assert served.figures("ie")["rewards"][0]["remaining"] == 0
    assert served.command("check") == 0


def test_one_confirmation_sent_eight_times_at_once_is_one_pledge_with_one_checkout(served):
    campaign_with(served, stock=STOCK)
    visitor = served.visitor()
    form = confirmed(visitor, "ie", "A")

    def confirm(_number):
        tab = served.visitor()
        tab.http.cookies.update(visitor.http.cookies)
        return tab.post("/c/ie/pledge/confirm", data=form)

    with served.faults(api=[{"match": "POST /v1/checkout/sessions", "delay_seconds": 1.0}]):
        replies = at_once(8, confirm)
    assert Counter(reply.status_code for reply in replies) == {303: 8}
    assert len({reply.headers["Location"] for reply in replies}) == 1
    assert len(served.rows(select(Pledge.id))) == 1
    assert len(served.stripe("books")["sessions"]) == 1
    assert served.figures("ie")["rewards"][0]["remaining"] == STOCK - 1
    assert served.command("check") == 0


def test_eight_copies_of_one_webhook_at_once_count_once(served):
    campaign_with(served)
    event = paid_pledge(served)
    replies = at_once(8, lambda _number: served.deliver(event))
    assert {reply.status_code for reply in replies} == {200}
    assert served.rows(select(StripeEvent.type).where(StripeEvent.id == event["id"])) == [(event["type"],)]
    assert len(served.rows(select(PledgeEvent.id).where(PledgeEvent.to_status == "paid"))) == 1
    assert served.figures("ie")["backers"] == 1
    assert served.work() == 0
    assert served.work() == 0
    assert len(served.letterbox.mails) == 1
    assert served.command("check") == 0


def test_webhook_thanks_page_and_worker_at_once_settle_a_payment_once(served):
    campaign_with(served)
    event = paid_pledge(served)
    thanks = event["data"]["object"]["success_url"].removeprefix(served.url)
    doors = [lambda: served.deliver(event), lambda: served.visitor().get(thanks), served.work] * 2
    at_once(len(doors), lambda number: doors[number]())
    assert served.work() == 0
    assert served.figures("ie")["backers"] == 1
    assert len(served.rows(select(PledgeEvent.id).where(PledgeEvent.to_status == "paid"))) == 1
    assert len(served.letterbox.mails) == 1
    assert served.command("check") == 0


def test_two_workers_send_two_hundred_mails_once_each_over_few_connections(served):
    campaign_with(served)
    paid_without_a_browser(served, QUEUED)
    second = served.start_another_worker()
    served.start("worker")
    wait_until(lambda: len(served.letterbox.mails) >= QUEUED, "all mails arrived", seconds=60)
    assert served.stop("worker") == 0
    assert served.stop(second) == 0
    assert Counter(Counter(mail["Message-ID"] for mail in served.letterbox.mails).values()) == {1: QUEUED}
    assert len({mail["To"] for mail in served.letterbox.mails}) == QUEUED
    assert len(set(served.letterbox.peers)) <= MOST_CONNECTIONS
    assert served.rows(select(mail.OutboxMail.status).distinct()) == [("sent",)]
    assert served.command("check") == 0


def paid_without_a_browser(site, count):
    """Write paid pledges as their moves would, each with its mail in the outbox."""
    now = clock.now()
    with site.app.app_context(), transaction() as session:
        for number in range(count):
            reference = access.new_reference()
            pledge = Pledge(
                reference=reference,
                attempt=f"attempt-{number}",
                token_hash=access.token_hash(access.token_of(reference)),
                campaign_id=1,
                status="pending",
                currency="JPY",
                unit_amount=0,
                quantity=0,
                extra=1_000,
                total=1_000,
                email=f"backer{number}@example.jp",
                name="髙橋 花子",
                created_at=now,
                hold_until=now + timedelta(minutes=40),
                next_look_at=now + timedelta(minutes=2),
            )
            lifecycle.begin(session, pledge, "test")
            assert lifecycle.move(session, pledge, "paid", "test:paid", now)


def test_a_visitor_who_only_looks_is_never_made_to_wait_by_those_who_pledge(served):
    campaign_with(served)
    with served.faults(api=[{"match": "POST /v1/checkout/sessions", "delay_seconds": 3.0}]):
        visitors = [served.visitor() for _ in range(8)]
        forms = [confirmed(visitor, "ie", "A") for visitor in visitors]
        with ThreadPoolExecutor(8) as pool:
            waiting = [
                pool.submit(visitor.post, "/c/ie/pledge/confirm", data=form)
                for visitor, form in zip(visitors, forms, strict=True)
            ]
            wait_until(lambda: len(served.rows(select(Pledge.id))) == 8, "eight wait for Stripe")
            reply = requests.get(f"{served.url}/c/ie/", timeout=10)
            assert not any(pledge.done() for pledge in waiting)
            assert reply.status_code == 200
        assert {pledge.result().status_code for pledge in waiting} == {303}
