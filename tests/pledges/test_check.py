"""`fundsite check` finds whatever does not add up."""

import pytest
from sqlalchemy import delete, insert, select, update

from fundsite import clock
from fundsite.books.models import LedgerEntry
from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.mail import OutboxMail
from fundsite.pledges.check import differences
from fundsite.pledges.models import Payment, Pledge, PledgeEvent
from fundsite.rewards.models import Reward
from support.factories import pledged
from support.site import session_id_of


@pytest.fixture
def books(site, make):
    """A paid, a pending and an expired pledge, and books that are right."""
    campaign = make.campaign()
    make.reward(campaign, stock=5)
    make.reward(campaign, "B")
    sessions = [session_id_of(pledged(site.browser(), email=f"b{number}@example.jp")) for number in range(3)]
    site.pay(sessions[0])
    site.expire(sessions[1])
    site.work()
    assert site.check() == []
    return site


PAID = Pledge.status == "paid"
EXPIRED = Pledge.status == "expired"
CHARGE = LedgerEntry.kind == "charge"

TAMPERINGS = {
    "raised": (update(Campaign).values(raised=Campaign.raised + 1), "raised says 3001"),
    "backers": (update(Campaign).values(backers=0), "backers says 0"),
    "what came as cash": (update(Campaign).values(raised_offline=1), "raised_offline says 1"),
    "nothing kept": (update(Payment).values(surplus=True), "each of its payments is noted as one too many"),
    "a card's payment made cash": (update(Pledge).where(PAID).values(source="cash"), "was entered, the ledger says 0"),
    "a code kept by one who does not wait": (update(Pledge).where(EXPIRED).values(voucher={}), "how to pay it is kept"),
    "a charge before the end": (update(Campaign).values(funding="all_or_nothing"), "nothing was to be charged"),
    "pledged": (update(Reward).where(Reward.code == "A").values(pledged=2), "pledged says 2"),
    "claimed": (update(Reward).where(Reward.code == "A").values(claimed=3), "claimed says 3"),
    "claimed of a reward that nobody chose": (update(Reward).where(Reward.code == "B").values(claimed=1), "ie/B"),
    "a pledge made larger": (update(Pledge).where(PAID).values(extra=1, total=3_001), "add up to 3001"),
    "a status without its move": (update(Pledge).where(EXPIRED).values(status="canceled"), "status is canceled"),
    "an expired pledge made paid": (
        update(Pledge).where(EXPIRED).values(status="paid", counted=True, paid_at=clock.now(), counted_at=clock.now()),
        "paid",
    ),
    "a charge that is gone": (delete(LedgerEntry), "the ledger says None"),
    "a charge made smaller": (
        update(LedgerEntry).where(CHARGE).values(amount=1),
        "the ledger says 1",
    ),
    "a payment that is gone": (delete(Payment), "of no known payment"),
    "a payment made smaller": (update(Payment).values(received=1), "Stripe took 1"),
    "a refund that never was": (
        update(LedgerEntry).where(CHARGE).values(kind="refund", amount=-5),
        "refunds add up to 0",
    ),
    "a history that is gone": (delete(PledgeEvent).where(PledgeEvent.to_status == "paid"), "its history ends with"),
    "a whole history that is gone": (delete(PledgeEvent), "its history ends with None"),
    "a beginning that is gone": (delete(PledgeEvent).where(PledgeEvent.from_status.is_(None)), "history"),
    "a move that is not allowed": (
        update(PledgeEvent).where(PledgeEvent.to_status == "expired").values(from_status="refunded"),
        "no allowed move",
    ),
    "a move from where it was not": (
        update(PledgeEvent).where(PledgeEvent.to_status == "paid").values(from_status="canceled"),
        "history",
    ),
    "a thank-you that is gone": (delete(OutboxMail), "no thank-you mail"),
    "stock held by one who has none": (update(Pledge).where(EXPIRED).values(holds_stock=True), "holds_stock"),
    "stock not held by one who has some": (update(Pledge).where(PAID).values(holds_stock=False), "holds_stock"),
}


def found_after(site, statement):
    """Return what is found after a change that is then taken back."""
    with site.inside():
        db.session.execute(statement)
        found = differences()
        db.session.rollback()
    return found


def test_each_kind_of_tampering_is_found_and_named(books):
    for tampering, (statement, said) in TAMPERINGS.items():
        found = found_after(books, statement)
        assert any(said in line for line in found), (tampering, found)
        assert not any("example.jp" in line for line in found), "a difference names references, not people"
    assert books.check() == []


def test_a_thank_you_for_nothing_is_found(books):
    pledge_id, now = books.one(select(Pledge.id).where(EXPIRED)), clock.now()
    mail = {
        "kind": "pledge_thanks",
        "about": pledge_id,
        "recipient": "b@example.jp",
        "locale": "ja",
        "message_id": "<x@example.jp>",
        "status": "queued",
        "refusals": 0,
        "tries": 0,
        "created_at": now,
        "due_at": now,
    }
    assert any("thank-you" in line for line in found_after(books, insert(OutboxMail).values(mail)))
