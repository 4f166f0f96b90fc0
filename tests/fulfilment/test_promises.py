"""What was promised by when: staff are warned once, supporters told by a draft, everybody shown what staff show."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import func, select

from fundsite.fulfilment import shipping
from fundsite.fulfilment.obligations import keep_obligations
from fundsite.fulfilment.promise_notices import draft_notice, watch_promises
from fundsite.fulfilment.promises import DUE, KEPT, LATE, SOON, last_day, show_shipped, standing_of
from fundsite.mail import OutboxMail
from fundsite.updates.models import Update
from support.shipping import HOME, letters_about, locked, plain
from support.staffroom import send, signed_in

MAY = date(2027, 5, 1)
PAGE = "/staff/shipping/promises/"


@pytest.fixture
def reward(make, campaign):
    return make.reward(campaign, shipping="japan", fulfilment_month=MAY, title="手ぬぐい")


@pytest.fixture
def pledges(make, campaign, reward):
    return [make.paid(campaign, reward, **HOME) for _ in range(2)]


def on(day):
    return time_machine.travel(datetime(2027, 5, day, 3, tzinfo=UTC), tick=False)


def watch(site):
    with site.inside():
        keep_obligations()
        return watch_promises()


def test_a_month_ends_with_its_last_day():
    assert last_day(MAY) == date(2027, 5, 31)
    assert last_day(date(2028, 2, 1)) == date(2028, 2, 29)
    days = [date(2027, 5, 16), date(2027, 5, 17), date(2027, 5, 31), date(2027, 6, 1)]
    assert [standing_of(MAY, 1, day) for day in days] == [DUE, SOON, SOON, LATE]
    assert standing_of(MAY, 0, days[-1]) == KEPT
    assert standing_of(None, 1, days[-1]) == DUE


def test_staff_are_warned_once_two_weeks_before_the_month_ends(site, make, campaign, pledges):
    signed_in(site, "fulfilment")
    with on(16):
        assert watch(site) == 0
    with on(17):
        assert watch(site) == 1
        assert watch(site) == 0
        mails = letters_about(site, "発送完了予定月がまもなく終わります")
    assert len(mails) == 1
    assert "2件あります" in plain(mails[0])
    assert mails[0]["to"] == "fulfilment@fund.example"


def test_nobody_is_warned_once_everything_has_gone_out(site, campaign, pledges):
    signed_in(site, "fulfilment")
    with on(17):
        assert watch(site) == 1
        batch = locked(site, campaign)
        with site.inside():
            shipping.ship_batch(batch, "yamato", None)
        assert letters_about(site, "発送完了予定月がまもなく終わります") == []
    assert site.one(select(func.count()).where(OutboxMail.status == "skipped")) == 1


def test_a_notice_of_delay_is_drafted_once_for_the_backers_of_that_reward(site, campaign, reward, pledges):
    with on(31):
        browser = signed_in(site, "fulfilment")
        for _ in range(2):
            assert send(browser, PAGE, f"{PAGE}{reward.id}/notice").status_code == 303
    notice = site.one(select(Update))
    assert (notice.status, notice.audience) == ("draft", "A")
    assert "リターンA「手ぬぐい」" in notice.body
    assert "これまでの予定：2027年5月" in notice.body
    owner = signed_in(site)
    assert send(owner, PAGE, f"{PAGE}{reward.id}/notice").location.endswith("/edit")


def test_the_public_page_says_how_much_has_gone_out_only_if_staff_show_it(site, campaign, reward, pledges):
    batch = locked(site, campaign)
    assert "発送済み" not in site.get("/c/ie/").text
    before = site.get("/c/ie.json").json
    browser = signed_in(site, "fulfilment")
    send(browser, PAGE, f"{PAGE}{reward.id}/public", shown="y")
    assert "0／2" in site.get("/c/ie/").text
    with site.inside():
        shipping.ship_batch(batch, "yamato", None)
        first = shipping.recordings(batch)[0].first
        shipping.undo_one(batch, first, None)
    assert "1／2" in site.get("/c/ie/").text
    assert site.get("/c/ie.json").json == before
    with site.inside():
        show_shipped(reward.id, None, shown=False)
    assert "発送済み" not in site.get("/c/ie/").text


def test_staff_see_who_waits_and_for_how_long(site, campaign, reward, pledges):
    with time_machine.travel(datetime(2027, 6, 1, 3, tzinfo=UTC), tick=False):
        browser = signed_in(site, "fulfilment")
        assert "遅れています" in browser.get(PAGE).text
        page = browser.get(f"{PAGE}{reward.id}/").text
        assert browser.get(f"{PAGE}999/").status_code == 404
    assert page.count("遅れています") == 2
    assert pledges[0].reference in page


def test_the_draft_names_the_month_that_was_promised(site, campaign, reward, pledges):
    with site.inside():
        keep_obligations()
        first = draft_notice(reward.id, "山田", None)
        assert draft_notice(reward.id, "山田", None) == first
