"""What is owed follows the money: once for each pledge, and not any more when it went back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from fundsite import clock
from fundsite.checking import all_differences
from fundsite.db import db, transaction
from fundsite.fulfilment.models import Batch, BatchItem, Obligation
from fundsite.fulfilment.obligations import keep_obligations
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import RewardPromise


def turn(site, pledge, status):
    with site.inside(), transaction() as session:
        session.get(Pledge, pledge.id).status = status


def owed(site):
    with site.inside():
        keep_obligations()
        return [(row.pledge_id, row.quantity, row.status) for row in db.session.scalars(select(Obligation))]


def test_a_pledge_whose_money_is_here_is_owed_its_reward_once(site, make, campaign, reward):
    paid = make.paid(campaign, reward, quantity=2, total=6_000)
    make.paid(campaign)
    turn(site, make.paid(campaign, reward), "canceled")
    assert owed(site) == [(paid.id, 2, "owed")]
    with site.inside():
        assert keep_obligations() == 0
    assert owed(site) == [(paid.id, 2, "owed")]


@pytest.mark.parametrize("gone", ["refunded", "charged_back"])
def test_what_went_back_is_void_until_it_is_paid_again(site, make, campaign, reward, gone):
    pledge = make.paid(campaign, reward)
    assert owed(site) == [(pledge.id, 1, "owed")]
    turn(site, pledge, gone)
    assert owed(site) == [(pledge.id, 1, "void")]
    turn(site, pledge, "paid")
    assert owed(site) == [(pledge.id, 1, "owed")]


def test_a_months_support_that_goes_on_is_owed_and_one_that_ended_stays_so(site, make, campaign, reward):
    pledge = make.paid(campaign, reward, status="active")
    for status in ("active", "past_due", "ended"):
        turn(site, pledge, status)
        assert owed(site) == [(pledge.id, 1, "owed")]


def test_what_is_void_leaves_an_open_batch_and_stays_in_a_locked_one(site, make, campaign, reward):
    pledges = [make.paid(campaign, reward) for _ in range(2)]
    owed(site)
    for pledge, status in zip(pledges, ("open", "locked"), strict=True):
        put_in_a_batch(site, reward, pledge, status)
        turn(site, pledge, "refunded")
    owed(site)
    with site.inside():
        rows = list(db.session.scalars(select(Obligation).order_by(Obligation.id)))
        live = list(db.session.scalars(select(BatchItem).where(BatchItem.removed_at.is_(None))))
        assert [row.status for row in rows] == ["void", "void"]
        assert rows[0].batch_id is None
        assert rows[1].batch_id is not None
        assert [item.obligation_id for item in live] == [rows[1].id]


def put_in_a_batch(site, reward, pledge, status):
    now = clock.now()
    with site.inside(), transaction() as session:
        batch = Batch(
            campaign_id=reward.campaign_id, attempt=status, title="t", kind="labels", status=status, created_at=now
        )
        batch.locked_at = now if status == "locked" else None
        session.add(batch)
        session.flush()
        obligation = session.scalars(select(Obligation).where(Obligation.pledge_id == pledge.id)).one()
        obligation.batch_id = batch.id
        session.add(BatchItem(batch_id=batch.id, obligation_id=obligation.id, position=1, recipient={}))


def test_the_month_that_was_promised_when_it_was_chosen_stays(site, make, campaign, reward):
    pledge = make.paid(campaign, reward)
    with site.inside(), transaction() as session:
        kept = {"title": "本", "amount": 3_000, "body": "", "shipping": "japan", "chosen": 1}
        month, later = date(2026, 12, 1), clock.now() + timedelta(minutes=1)
        session.add(RewardPromise(reward_id=reward.id, fulfilment_month=month, replaced_at=later, **kept))
    owed(site)
    assert site.one(select(Obligation.due_month).where(Obligation.pledge_id == pledge.id)) == date(2026, 12, 1)


def test_check_says_what_the_shipping_room_has_wrong(site, make, campaign, reward):
    make.paid(campaign, reward)
    owed(site)
    with site.inside(), transaction() as session:
        session.execute(update(Obligation).values(status="shipped", quantity=3))
    with site.inside():
        found = [line for line in all_differences() if "mail" not in line]
    assert any("what is owed for it says shipped" in line for line in found)
    assert any("0 shipments" in line for line in found)
