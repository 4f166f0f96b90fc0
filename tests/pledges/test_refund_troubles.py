"""Refunds that are refused, come back or are asked for twice; gifts that staff enter twice: told once, given once."""

import pytest
from sqlalchemy import func, insert, select, update

from fundsite import clock
from fundsite.audit import AuditEntry
from fundsite.books.models import LedgerEntry
from fundsite.db import db, transaction
from fundsite.mail import OutboxMail
from fundsite.pledges import differing, giving_back, offline
from fundsite.pledges.giving_back import AlreadySettled, NothingLeft
from fundsite.pledges.models import Payment, Pledge, Refund
from fundsite.pledges.money_back import MOST_TRIES, CannotRefund, act_on_refund, request_refund
from fundsite.pledges.reconcile import reconcile
from fundsite.pledges.service import SoldOut
from fundsite.rewards.models import Reward
from support.people import change, comes_back, faults, pays, pledged, present, status_of

COMES_BACK = "4000000000005126"
REFUSED = {"match": "POST /v1/refunds", "status": 403}


def paid(world, card="4242424242424242", *, stock=3):
    pledge = pledged(world, world.campaign([stock]))
    pays(world, pledge, card=card)
    assert comes_back(world, pledge).status == "paid"
    return pledge


def asked(world, pledge, amount, **more):
    """Ask for a refund as staff do, and act on it; return its number."""
    with world.inside():
        with transaction() as session:
            made = request_refund(session, pledge.id, amount, "", returns_stock=False, by=None, **more).id
        act_on_refund(made)
    return made


def refunds(world):
    with world.inside():
        return [tuple(row) for row in db.session.execute(select(Refund.status, Refund.amount).order_by(Refund.id))]


def count(world, what, *where):
    with world.inside():
        return db.session.scalar(select(func.count(what)).where(*where))


def test_the_same_request_twice_is_one_refund(fresh):
    pledge = paid(fresh)
    assert asked(fresh, pledge, 500, attempt="once") == asked(fresh, pledge, 500, attempt="once")
    assert refunds(fresh) == [("succeeded", 500)]


def test_staff_who_send_the_form_twice_stand_in_the_log_once(fresh):
    pledge = paid(fresh)
    with fresh.inside():
        for _ in range(2):
            giving_back.give_back(pledge.id, 500, "", "once", returns_stock=False, tells=True, by=None)
    assert refunds(fresh) == [("succeeded", 500)]
    assert count(fresh, AuditEntry.id, AuditEntry.action == "refund.asked") == 1


def test_a_refund_that_stripe_refuses_for_now_is_asked_for_again_in_an_hour_or_by_staff(fresh):
    pledge = paid(fresh)
    faults(fresh, REFUSED)
    number = asked(fresh, pledge, 500)
    assert refunds(fresh) == [("due", 500)]
    faults(fresh)
    with fresh.inside():
        giving_back.try_again(number, None)
    assert refunds(fresh) == [("succeeded", 500)]
    with fresh.inside(), pytest.raises(AlreadySettled):
        giving_back.try_again(number, None)
    assert fresh.differences() == []


def test_what_no_single_payment_holds_is_not_given_back_in_one(fresh):
    pledge, now = paid(fresh), fresh.now()
    values = {"pledge_id": pledge.id, "purpose": "renewal", "number": 1, "intent_id": "pi_second", "status": "paid"}
    change(fresh, insert(Payment).values(**values, amount=3_000, received=3_000, created_at=now, next_look_at=now))
    with pytest.raises(CannotRefund):
        asked(fresh, pledge, 4_000)
    assert refunds(fresh) == []


def test_a_refund_that_the_bank_sends_back_again_and_again_is_left_to_staff_in_the_end(fresh):
    pledge = paid(fresh, COMES_BACK)
    asked(fresh, pledge, 3_000)
    assert status_of(fresh, pledge) == "refunded"
    for _ in range(MOST_TRIES + 2):
        fresh.later(days=10)
        fresh.reconcile()
    assert status_of(fresh, pledge) == "refund_due"
    assert refunds(fresh) == [("failed", 3_000)] * MOST_TRIES
    assert fresh.differences() == []


def test_what_can_never_be_given_back_is_not_asked_for_again_whatever_news_comes(fresh):
    pledge = pledged(fresh, fresh.campaign([1]))
    change(
        fresh,
        update(Pledge).values(status="expired", holds_stock=False),
        update(Reward).values(claimed=0, stock=0),
    )
    pays(fresh, pledge)
    faults(fresh, {"match": "POST /v1/refunds", "status": 400, "code": "charge_already_refunded"})
    fresh.reconcile()
    assert (status_of(fresh, pledge), refunds(fresh)) == ("refund_due", [("failed", 3_000)])
    faults(fresh)
    change(fresh, update(Payment).values(received=0))  # so that the news of this payment is news again
    fresh.reconcile()
    assert (status_of(fresh, pledge), refunds(fresh)) == ("refund_due", [("failed", 3_000)])


def test_nobody_can_settle_what_is_not_there(fresh):
    fresh.campaign([1])
    with fresh.inside():
        for settle in (lambda: giving_back.try_again(99, None), lambda: differing.accept(99, None)):
            with pytest.raises(AlreadySettled):
                settle()


def other_amount(world, *, stock=3):
    """Return a pledge for which another amount came after its time was over, and that payment's number."""
    pledge = pledged(world, world.campaign([stock]))
    change(world, update(Pledge).values(extra=500, total=3_500))
    pays(world, pledge)
    change(
        world,
        update(Pledge).values(status="expired", holds_stock=False),
        update(Reward).values(claimed=0),
    )
    with world.inside():
        reconcile()
        return pledge, db.session.scalar(select(Payment.id))


def test_another_amount_is_not_accepted_for_a_reward_that_is_sold_out(fresh):
    pledge, number = other_amount(fresh, stock=1)
    change(fresh, update(Reward).values(stock=0))
    with fresh.inside(), pytest.raises(NothingLeft):
        differing.accept(number, None)
    assert (status_of(fresh, pledge), present(fresh, Pledge.id == pledge.id).total) == ("expired", 3_500)


def test_another_amount_for_a_pledge_that_was_over_goes_back_and_the_pledge_stays_over(fresh):
    pledge, number = other_amount(fresh)
    with fresh.inside():
        differing.refuse(number, "金額が違っていたため", None)
    assert (status_of(fresh, pledge), refunds(fresh)) == ("expired", [("succeeded", 3_000)])


def gift(world, **values):
    day = clock.local_day(world.now(), world.app.extensions["fundsite.settings"].timezone)
    return offline.Gift(**{"attempt": "once", "source": "cash", "amount": 3_000, "received_on": day, **values})


def test_a_gift_of_somebody_without_an_address_goes_back_without_a_mail(fresh):
    campaign = fresh.campaign([1])
    with fresh.inside():
        reference = offline.enter(campaign, gift(fresh), None)
    pledge = present(fresh, Pledge.reference == reference)
    with fresh.inside():
        giving_back.give_back(pledge.id, 3_000, "", "back", returns_stock=False, tells=True, by=None)
    assert status_of(fresh, pledge) == "refunded"
    assert count(fresh, OutboxMail.id) == 0
    assert fresh.differences() == []


def test_a_gift_for_a_reward_that_is_sold_out_is_not_entered(fresh):
    campaign = fresh.campaign([1])
    with fresh.inside():
        offline.enter(campaign, gift(fresh, reward_code="A"), None)
        with pytest.raises(SoldOut):
            offline.enter(campaign, gift(fresh, attempt="second", reward_code="A"), None)
    assert count(fresh, Pledge.id) == 1
    assert count(fresh, LedgerEntry.id) == 1
