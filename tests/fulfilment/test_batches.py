"""A batch is collected once, announced once, locked for good, and loses nothing."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from fundsite import clock
from fundsite.checking import shipping_differences
from fundsite.db import transaction
from fundsite.fulfilment import batches
from fundsite.fulfilment.batches import address_locked
from fundsite.fulfilment.corrections import correct, find_batch, find_parcel, parcels_of
from fundsite.fulfilment.errors import AddressChanged, NothingOwed, StillOpen, TooEarly, WrongStep
from fundsite.fulfilment.models import Batch, BatchItem, Obligation
from fundsite.fulfilment.owed import ABROAD, Choice, count_chosen, owed_by_reward
from fundsite.pledges.models import Pledge
from support.races import at_once
from support.shipping import HOME, change, collected, goes_out, items


def act(site, what, *args):
    with site.inside():
        return what(*args)


def is_locked(site, pledge):
    with site.inside(), transaction() as session:
        return address_locked(session, pledge.id)


def test_what_goes_out_together_is_chosen_by_reward_month_and_region(site, make, campaign, reward, pledges):
    abroad = make.reward(campaign, "B", shipping="worldwide", fulfilment_month=None)
    by_mail = make.reward(campaign, "C")
    make.paid(campaign, abroad, **{**HOME, "region": "", "country": "FR"})
    make.paid(campaign, by_mail)
    change(site, pledges[0], region="沖縄県")
    with site.inside():
        batches.keep_obligations()
        counted = {
            "all": count_chosen(Choice(campaign.id, "labels")),
            "code": count_chosen(Choice(campaign.id, "labels", codes=["A"])),
            "month": count_chosen(Choice(campaign.id, "labels", months=[reward.fulfilment_month])),
            "region": count_chosen(Choice(campaign.id, "labels", regions=["沖縄県", ABROAD])),
            "mail": count_chosen(Choice(campaign.id, "mail")),
        }
    assert counted == {"all": 4, "code": 3, "month": 3, "region": 2, "mail": 1}


def test_the_same_click_twice_is_one_batch(site, campaign, pledges):
    first = collected(site, campaign)
    assert collected(site, campaign) == first
    with pytest.raises(NothingOwed):
        collected(site, campaign, attempt="another")
    assert len(site.rows(select(Batch))) == 1
    assert len(items(site, first)) == 3


def test_two_staff_who_collect_at_once_share_out_what_is_owed(site, campaign, pledges):
    def collect(number):
        batches.open_batch(str(number), Choice(campaign.id, "labels"), "5月の発送")

    assert sum(at_once(site, 2, collect, NothingOwed)) <= 1
    assert site.one(select(func.count(BatchItem.id))) == 3
    with site.inside():
        assert shipping_differences() == []


def test_supporters_are_told_once_until_when_they_may_correct(site, campaign, pledges):
    batch = collected(site, campaign)
    assert act(site, batches.announce_batch, batch, None) == 3
    with pytest.raises(WrongStep):
        act(site, batches.announce_batch, batch, None)
    site.work()
    mails = [mail for mail in site.letterbox.mails if "お届け先のご確認" in str(mail["subject"])]
    assert len(mails) == 3
    text = mails[0].get_body(("plain",)).get_content()
    assert "千代田1-2-3" in text
    assert "http://localhost/pledges/" in text


def test_who_left_the_batch_is_not_told(site, campaign, pledges):
    batch = collected(site, campaign)
    act(site, batches.announce_batch, batch, None)
    act(site, batches.take_out, batch, items(site, batch)[0].id, None)
    change(site, pledges[1], status="refunded")
    site.work()
    assert len([mail for mail in site.letterbox.mails if "お届け先のご確認" in str(mail["subject"])]) == 1


def test_a_batch_is_not_locked_while_supporters_may_still_correct(site, campaign, pledges):
    batch = collected(site, campaign)
    act(site, batches.announce_batch, batch, None)
    with pytest.raises(TooEarly):
        act(site, batches.lock_batch, batch, None)
    assert not is_locked(site, pledges[0])
    with time_machine.travel(clock.now() + timedelta(hours=48, seconds=1)):
        assert act(site, batches.lock_batch, batch, None) == 3
    assert is_locked(site, pledges[0])


def test_a_locked_batch_keeps_what_was_said_then(site, campaign, pledges):
    batch = collected(site, campaign)
    change(site, pledges[0], line1="前もって1")
    act(site, batches.lock_batch, batch, None)
    change(site, pledges[0], line1="あとから2")
    with site.inside():
        assert parcels_of(find_batch(batch))[0].to["line1"] == "前もって1"


def test_what_was_given_back_is_left_out_at_the_lock(site, campaign, pledges):
    batch = collected(site, campaign)
    change(site, pledges[1], status="refunded")
    assert act(site, batches.lock_batch, batch, None) == 2
    with site.inside():
        assert shipping_differences() == []


def test_what_is_taken_out_of_a_locked_batch_leaves_its_place_empty(site, campaign, pledges):
    batch = collected(site, campaign)
    act(site, batches.lock_batch, batch, None)
    act(site, batches.take_out, batch, items(site, batch)[1].id, None)
    assert [item.position for item in items(site, batch)] == [1, 3]
    assert not is_locked(site, pledges[1])
    assert collected(site, campaign, attempt="again") != batch
    with site.inside():
        assert shipping_differences() == []


def test_a_dissolved_batch_gives_back_what_it_held_and_a_locked_one_cannot_be_dissolved(site, campaign, pledges):
    batch = collected(site, campaign)
    act(site, batches.dissolve_batch, batch, None)
    again = collected(site, campaign, attempt="again")
    assert len(items(site, again)) == 3
    assert items(site, batch) == []
    act(site, batches.lock_batch, again, None)
    with pytest.raises(WrongStep):
        act(site, batches.dissolve_batch, again, None)


def test_a_batch_is_done_when_everything_has_gone_out(site, campaign, pledges):
    batch = collected(site, campaign)
    act(site, batches.lock_batch, batch, None)
    with pytest.raises(StillOpen):
        act(site, batches.finish_batch, batch, None)
    with site.inside(), transaction() as session:
        for number in session.scalars(select(Obligation.id)):
            goes_out(session, number, batch)
    act(site, batches.finish_batch, batch, None)
    with pytest.raises(WrongStep):
        act(site, batches.take_out, batch, items(site, batch)[0].id, None)
    with site.inside():
        assert [row.shipped for row in owed_by_reward(campaign)] == [3]
        assert shipping_differences() == []


def test_staff_correct_a_parcel_and_the_supporters_own_data_stay(site, campaign, pledges):
    batch = collected(site, campaign)
    number = items(site, batch)[0].id
    with site.inside():
        parcel = find_parcel(find_batch(batch), number)
        wanted = {**parcel.to, "name": "高橋 花子"}
        correct(batch, number, parcel.version, wanted, None)
        assert find_parcel(find_batch(batch), number).to["name"] == "高橋 花子"
    assert site.one(select(Pledge.name).where(Pledge.id == pledges[0].id)) == "髙橋 花子"
    act(site, batches.lock_batch, batch, None)
    with site.inside():
        assert find_parcel(find_batch(batch), number).to["name"] == "高橋 花子"


def test_a_correction_does_not_outlive_what_it_corrected(site, campaign, pledges):
    batch = collected(site, campaign)
    number = items(site, batch)[0].id
    with site.inside():
        parcel = find_parcel(find_batch(batch), number)
        correct(batch, number, parcel.version, {**parcel.to, "line1": "千代田1-2"}, None)
    change(site, pledges[0], line1="霞が関9-9")
    with site.inside():
        assert find_parcel(find_batch(batch), number).to["line1"] == "霞が関9-9"
        with pytest.raises(AddressChanged):
            correct(batch, number, parcel.version, {**parcel.to, "line1": "千代田1-2"}, None)


def test_an_address_changed_during_the_lock_is_kept_or_refused(site, campaign, pledges):
    batch = collected(site, campaign)

    said = []

    def act_on(number):
        if number:
            batches.lock_batch(batch, None)
            return
        with transaction() as session:
            said.append("refused" if address_locked(session, pledges[0].id) else "changed")
            if said == ["changed"]:
                session.get(Pledge, pledges[0].id).line1 = "新しい住所1"

    at_once(site, 2, act_on, NothingOwed)
    with site.inside():
        kept = parcels_of(find_batch(batch))[0].to["line1"]
    assert (said[0], kept) in {("changed", "新しい住所1"), ("refused", HOME["line1"])}
