"""What a supporter was promised stays readable when the reward is changed afterwards."""

from datetime import date

import pytest
from sqlalchemy import select, update

from fundsite import clock
from fundsite.campaigns.sections import version_of
from fundsite.pledges.models import Pledge
from fundsite.rewards.editing import change_reward, values_of
from fundsite.rewards.models import Reward
from support.factories import pledged
from support.reports import token_for
from support.site import session_id_of
from support.staff import person


@pytest.fixture
def change(site):
    """Changes what reward A promises, as staff do who confirm it."""
    staff_id = person(site)

    def changed(**values):
        with site.inside():
            reward = site.one(select(Reward))
            before = values_of(reward)
            change_reward(
                reward.campaign_id,
                "A",
                version_of(before),
                {**before, **values},
                staff_id,
                confirmed_for=reward.claimed,
            )

    return changed


def paid_by_hanako(site):
    site.pay(session_id_of(pledged(site.browser())))


def room_of(site):
    token = token_for(site, site.one(select(Pledge).order_by(Pledge.id).limit(1)))
    return " ".join(site.get(f"/pledges/{token}/").text.split())


def test_the_thank_you_and_the_room_say_what_was_promised_and_that_the_month_was_moved(site, make, change):
    make.reward(make.campaign())
    paid_by_hanako(site)
    change(title="お礼状とカード", fulfilment_month=date(2027, 8, 1))
    change(fulfilment_month=date(2027, 9, 1))
    site.work()
    (mail,) = site.letterbox.to("hanako@example.jp")
    lines = mail.get_body(("plain",)).get_content().splitlines()
    assert "リターン: A: お礼状" in lines
    assert "リターンは2027年5月までにお届けする予定です。" in lines
    assert "お申し込みのあと、お届けの予定は2027年9月に変わりました。" in lines
    page = room_of(site)
    assert "A: お礼状 <" in page
    assert '2027年5月 <br> <span class="quiet">お申し込みのあと、お届けの予定は2027年9月に変わりました。' in page
    assert "2027年9月までにお届けする予定です" in page
    assert "お礼状とカード" not in page


def test_who_pledges_after_a_change_is_promised_what_stands_then(site, make, change):
    reward = make.reward(make.campaign())
    paid_by_hanako(site)
    change(fulfilment_month=date(2027, 8, 1))
    site.change(update(Pledge).where(Pledge.reward_id == reward.id).values(created_at=clock.now()))
    token = token_for(site, site.one(select(Pledge).where(Pledge.reward_id == reward.id)))
    page = site.get(f"/pledges/{token}/").text
    assert "2027年8月までにお届けする予定です" in page
    assert "変わりました" not in page
