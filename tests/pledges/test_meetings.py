"""Two requests that meet on PostgreSQL, where both may write at once: the later one finds what the first one did."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from fundsite import clock
from fundsite.mail import OutboxMail
from fundsite.pledges import decline_alarm, offline, service
from fundsite.pledges.models import Pledge
from fundsite.pledges.open_checkouts import TooManyOpen
from fundsite.rewards.models import Reward
from support.databases import on_postgresql
from support.people import order_of
from support.staff import person

pytestmark = on_postgresql


@pytest.fixture
def meeting(site, monkeypatch):
    """Return what lets somebody else do something, to its end, right after a function was first asked."""

    def elsewhere(act):
        with site.inside():
            return act()

    def meet(module, name, act):
        known, met = getattr(module, name), []

        def asked(*args, **kwargs):
            found = known(*args, **kwargs)
            if not met:
                met.append(True)
                with ThreadPoolExecutor(1) as other:
                    met.append(other.submit(elsewhere, act).result())
            return found

        monkeypatch.setattr(module, name, asked)
        return met

    return meet


def test_two_confirmations_of_one_attempt_are_one_pledge_though_the_last_piece_is_gone(site, make, meeting):
    campaign = make.campaign()
    make.reward(campaign, stock=1)
    order = order_of(campaign.id)
    met = meeting(service, "make_room", lambda: service.start_pledge(order).reference)
    with site.inside():
        assert service.start_pledge(order).reference == met[1]
    assert site.one(select(func.count(Pledge.id))) == 1
    assert site.one(select(Reward.claimed)) == 1


def gift(**values):
    given = {"attempt": "once", "source": "cash", "amount": 3_000, "received_on": clock.now().date()}
    return offline.Gift(**{**given, **values})


def test_one_gift_that_two_of_staff_send_at_once_is_one(site, make, meeting):
    campaign = make.campaign()
    met = meeting(offline, "_reward", lambda: offline.enter(campaign.id, gift(), None))
    with site.inside():
        assert offline.enter(campaign.id, gift(), None) == met[1]
    assert site.one(select(func.count(Pledge.id))) == 1
    assert site.check() == []


def test_a_gift_that_the_database_refuses_is_said_to_be_refused(site, make):
    campaign = make.campaign()
    with site.inside(), pytest.raises(IntegrityError):
        offline.enter(campaign.id, gift(amount=-1), None)
    assert site.one(select(func.count(Pledge.id))) == 0


def test_two_workers_that_see_the_same_declines_raise_one_alarm(site, meeting, monkeypatch):
    person(site)
    monkeypatch.setattr(decline_alarm, "declines", lambda since, until: 100 * (until - since == decline_alarm.SPAN))
    met = meeting(decline_alarm, "announced", decline_alarm.watch_declines)
    with site.inside():
        assert decline_alarm.watch_declines() == 0
    assert met[1] == 1
    assert site.one(select(func.count(OutboxMail.id))) == 1


def test_what_a_visitor_has_open_is_counted_while_another_request_of_theirs_waits(site, make):
    campaign = make.campaign()
    visitor = {"somebody": 1}
    with site.inside():
        service.start_pledge(order_of(campaign.id, None, visitor=visitor))
        with pytest.raises(TooManyOpen):
            service.start_pledge(order_of(campaign.id, None, visitor=visitor))
    assert site.one(select(func.count(Pledge.id))) == 1
