"""What goes out is recorded once and told once; it can be undone, and what comes back is owed again."""

import io

import pytest
from sqlalchemy import select

from fundsite.db import transaction
from fundsite.fulfilment import batches, reward_mail, shipping
from fundsite.fulfilment.check import shipping_differences
from fundsite.fulfilment.couriers import couriers, plain_number, tracking_url
from fundsite.fulfilment.errors import NotOwed, NotReady, WrongStep
from fundsite.fulfilment.models import Obligation, Shipment
from fundsite.pledges.access import token_hash, token_of
from support.races import at_once
from support.shipping import change, collected, letters_about, locked, plain

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n"


def act(site, what, *args):
    with site.inside():
        return what(*args)


def statuses(site):
    return [row[0] for row in site.rows(select(Obligation.status).order_by(Obligation.id))]


def private(site, make, campaign, reward, reference):
    """Return the address of the private page of somebody who has paid."""
    with site.inside():
        token = token_of(reference)
    make.paid(campaign, reward, reference=reference, token_hash=token_hash(token))
    return f"/pledges/{token}/"


def shipments(site, *where):
    return site.rows(select(Shipment.id).where(*where).order_by(Shipment.id))


def test_a_batch_goes_out_once_and_everybody_is_told_once(site, campaign, pledges):
    batch = locked(site, campaign)
    assert act(site, shipping.ship_batch, batch, "yamato", None) == 3
    assert act(site, shipping.ship_batch, batch, "yamato", None) == 0
    assert statuses(site) == ["shipped"] * 3
    assert len(letters_about(site, "発送しました")) == 3
    assert act(site, shipping_differences) == []


def test_nothing_goes_out_before_the_lock(site, campaign, pledges):
    batch = collected(site, campaign)
    with pytest.raises(WrongStep):
        act(site, shipping.ship_batch, batch, "yamato", None)


def test_the_mail_names_the_carrier_and_leads_to_the_parcels_way(site, campaign, pledges):
    locked(site, campaign)
    with site.inside(), transaction() as session:
        thing = shipping.things(session, Obligation.pledge_id == pledges[0].id)[0]
        shipping.ship(session, [shipping.Thing(thing.obligation, thing.email, "ja", "444413758703")], "yamato", None)
    text = plain(letters_about(site, "発送しました")[0])
    assert "ヤマト運輸" in text
    assert "https://member.kms.kuronekoyamato.co.jp/parcel/detail?pno=444413758703" in text


def test_what_was_undone_before_its_mail_went_out_is_not_told_and_can_go_out_again(site, campaign, pledges):
    batch = locked(site, campaign)
    act(site, shipping.ship_batch, batch, "yamato", None)
    first = act(site, shipping.recordings, batch)[0].first
    assert act(site, shipping.undo, batch, first, None) == 3
    assert act(site, shipping.undo, batch, first, None) == 0
    assert letters_about(site, "発送しました") == []
    assert statuses(site) == ["owed"] * 3
    act(site, shipping.ship_batch, batch, "japanpost", None)
    assert len(letters_about(site, "発送しました")) == 3
    assert act(site, shipping_differences) == []


def test_one_parcel_alone_is_taken_back(site, campaign, pledges):
    batch = locked(site, campaign)
    act(site, shipping.ship_batch, batch, "yamato", None)
    assert act(site, shipping.undo_one, batch, shipments(site)[0][0], None) == 1
    assert statuses(site) == ["owed", "shipped", "shipped"]
    assert act(site, shipping.recordings, batch)[0].count == 2


def test_what_was_given_back_does_not_go_out(site, campaign, pledges):
    batch = locked(site, campaign)
    change(site, pledges[0], status="refunded")
    assert act(site, shipping.ship_batch, batch, "yamato", None) == 2
    with pytest.raises(NotOwed), site.inside(), transaction() as session:
        shipping.ship(session, shipping.things(session, Obligation.pledge_id == pledges[0].id), "yamato", None)
    assert statuses(site) == ["void", "shipped", "shipped"]


def test_a_parcel_that_came_back_is_owed_again_and_its_supporter_is_asked(site, campaign, pledges):
    batch = locked(site, campaign)
    act(site, shipping.ship_batch, batch, "yamato", None)
    act(site, batches.finish_batch, batch, None)
    site.work()
    number = shipments(site)[0][0]
    assert act(site, shipping.came_back, batch, number, None)
    assert not act(site, shipping.came_back, batch, number, None)
    assert site.one(select(Obligation.batch_id, Obligation.status).where(Obligation.pledge_id == pledges[0].id)) == (
        None,
        "owed",
    )
    asked = letters_about(site, "お届け先をお知らせください")
    assert len(asked) == 1
    assert f"/pledges/{act(site, token_of, pledges[0].reference)}/" in plain(asked[0])
    with site.inside(), transaction() as session:
        assert not batches.address_locked(session, pledges[0].id)
    again = locked(site, campaign, attempt="again")
    assert act(site, shipping.ship_batch, again, "yamato", None) == 1
    assert act(site, shipping_differences) == []


def test_two_staff_who_record_at_once_record_each_thing_once(site, campaign, pledges):
    batch = locked(site, campaign)
    counts = []
    at_once(site, 2, lambda _number: counts.append(shipping.ship_batch(batch, "yamato", None)), WrongStep)
    assert sorted(counts) == [0, 3]
    assert len(shipments(site)) == 3


def test_words_and_a_file_go_out_by_mail_and_open_behind_the_private_link_alone(site, make, campaign):
    by_mail = make.reward(campaign, "M", shipping="none")
    links = [private(site, make, campaign, by_mail, f"LINK-000{number}") for number in range(3)]
    batch = locked(site, campaign, "mail", codes=["M"])
    with pytest.raises(NotReady):
        act(site, reward_mail.send, batch, None)
    act(site, reward_mail.write, batch, "お礼の音源", "お待たせしました。**ありがとうございます。**", None)
    act(site, reward_mail.attach, batch, io.BytesIO(PDF), "冊子.pdf", None)
    link = f"{links[0]}rewards/{batch}/"
    assert site.get(link).status_code == 404
    assert act(site, reward_mail.send, batch, None) == 3
    assert act(site, reward_mail.send, batch, None) == 0
    mails = letters_about(site, "お礼の音源")
    assert len(mails) == 3
    assert any(link in plain(mail) for mail in mails)
    with site.get(link) as answer:
        assert answer.data == PDF
    assert f'href="{link}"' in site.get(links[0]).text
    with pytest.raises(WrongStep):
        act(site, reward_mail.write, batch, "別の題", "別の文", None)
    other = private(site, make, campaign, by_mail, "LINK-0009")
    assert site.get(f"{other}rewards/{batch}/").status_code == 404
    assert act(site, shipping_differences) == []


def test_whom_no_mail_can_reach_is_recorded_by_hand(site, make, campaign):
    by_mail = make.reward(campaign, "M", shipping="none")
    make.paid(campaign, by_mail)
    make.paid(campaign, by_mail, email="")
    batch = locked(site, campaign, "mail")
    act(site, reward_mail.write, batch, "お礼", "ありがとうございます。", None)
    assert act(site, reward_mail.send, batch, None) == 1
    assert act(site, shipping.ship_batch, batch, "other", None) == 1
    assert statuses(site) == ["shipped"] * 2


def test_numbers_are_understood_with_dashes_and_their_check_digit_is_known(site):
    assert plain_number("４４４４-1375-8703") == "444413758703"
    yamato, post = couriers()["yamato"], couriers()["japanpost"]
    assert yamato.is_sound("444413758703")
    assert not yamato.is_sound("444413758704")
    assert post.is_sound("405548424886")
    assert post.is_sound("EG123456789JP")
    assert "reqCodeNo1=405548424886" in tracking_url("japanpost", "405548424886")
    assert tracking_url("other", "1") == ""
