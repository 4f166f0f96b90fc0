"""Following a campaign by an e-mail address only: asked, confirmed by mail, stopped."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from fundsite import clock
from fundsite.db import transaction
from fundsite.updates.followers import ask, confirm
from fundsite.updates.following import Follower, FollowRequest
from support.databases import on_sqlite
from support.races import at_once
from support.reports import recipients, start


class Never(Exception):
    """Nobody is refused."""


CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture
def campaign(make):
    return make.campaign()


def send(browser, path, **fields):
    token = CSRF.search(browser.get(path).text)[1]
    return browser.post(path, data={"csrf_token": token, **fields})


def asked(site, email="hanako@example.jp"):
    """Ask for the mails, and return the confirming link if one was mailed."""
    site.letterbox.mails.clear()
    reply = send(site.browser(), "/c/ie/follow", email=email)
    assert (reply.status_code, reply.location) == (303, "/c/ie/follow/asked")
    site.work()
    texts = [mail.get_body(("plain",)).get_content() for mail in site.letterbox.mails]
    return next((found[1] for text in texts if (found := re.search(r"http://localhost(/follow/\S+)", text))), None)


def followers(site):
    return [row[0] for row in site.rows(select(Follower.email))]


def test_following_begins_with_the_button_behind_the_mailed_link(site, make, campaign):
    link = asked(site, "Ｈanako@Example.JP")
    assert followers(site) == []
    browser = site.browser()
    browser.get(link)
    assert followers(site) == [], "programs that look into mails open links, too"
    assert "完了しました" in send(browser, link).text
    assert send(browser, link).status_code == 200, "twice is once"
    assert followers(site) == ["hanako@example.jp"]
    site.letterbox.mails.clear()
    assert start(site, make.update(campaign)) == 1
    site.work()
    assert recipients(site) == ["Hanako@example.jp"] or recipients(site) == ["hanako@example.jp"]


@pytest.mark.usefixtures("campaign")
@on_sqlite
def test_the_answer_is_the_same_for_an_address_that_is_known(site):
    first = site.browser().get("/c/ie/follow/asked").text
    send(site.browser(), asked(site))
    again = send(site.browser(), "/c/ie/follow", email="hanako@example.jp")
    assert (again.status_code, again.location) == (303, "/c/ie/follow/asked")
    assert site.browser().get("/c/ie/follow/asked").text == first


@pytest.mark.usefixtures("campaign")
@on_sqlite
def test_one_address_gets_one_mail_an_hour_however_often_it_is_typed(site):
    assert asked(site)
    assert asked(site) is None
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        assert asked(site)


@pytest.mark.usefixtures("campaign")
@on_sqlite
def test_the_link_is_good_for_seven_days_and_no_other_opens(site):
    link = asked(site)
    number, _dash, mac = link.strip("/").rpartition("/")[2].partition("-")
    assert site.get(f"/follow/{int(number) + 1}-{mac}/").status_code == 404
    assert site.get(f"/follow/{number}/").status_code == 404
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=1), tick=False):
        assert site.get(link).status_code == 404


@pytest.mark.usefixtures("campaign")
@on_sqlite
def test_an_address_that_cannot_be_one_is_shown_again_as_typed(site):
    reply = send(site.browser(), "/c/ie/follow", email="hanako(at)example.jp")
    assert reply.status_code == 422
    assert "hanako(at)example.jp" in reply.text


def test_asked_by_several_at_the_same_moment_one_mail_goes_out(site, campaign):
    assert at_once(site, 4, lambda _number: ask(campaign, "hanako@example.jp", "ja"), Never) == [0] * 4
    site.work()
    assert recipients(site) == ["hanako@example.jp"]


def test_two_links_used_at_the_same_moment_make_one_follower(site, campaign):
    now = clock.now()
    links = [FollowRequest(campaign_id=campaign.id, email="a@example.jp", locale="ja", asked_at=now) for _ in range(4)]
    with site.inside(), transaction() as session:
        session.add_all(links)
        session.flush()
        numbers = [link.id for link in links]
    assert at_once(site, 4, lambda number: confirm(numbers[number]), Never) == [0] * 4
    assert followers(site) == ["a@example.jp"]


def test_who_stops_is_forgotten_as_a_follower_and_may_come_back(site, make, campaign):
    send(site.browser(), asked(site))
    start(site, make.update(campaign))
    site.work()
    text = site.letterbox.mails[-1].get_body(("plain",)).get_content()
    site.browser().post(re.search(r"http://localhost(/mail/stop/\S+)", text)[1])
    assert followers(site) == []
    assert start(site, make.update(campaign, 2)) == 0
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        send(site.browser(), asked(site))
        assert start(site, make.update(campaign, 3)) == 1


@on_sqlite
def test_public_pages_lead_there_and_set_no_cookie(site, make, campaign):
    make.update(campaign)
    for path in ("/c/ie/", "/c/ie/updates/", "/c/ie/updates/1/"):
        page = site.get(path)
        assert "/c/ie/follow" in page.text
        assert "Set-Cookie" not in page.headers
    assert site.get("/c/ie/follow").headers["Cache-Control"] == "no-store"
