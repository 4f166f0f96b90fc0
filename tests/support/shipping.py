"""What tests of the shipping room do again and again."""

from sqlalchemy import select, update

from fundsite import clock
from fundsite.db import db, transaction
from fundsite.fulfilment.batches import lock_batch, open_batch
from fundsite.fulfilment.models import BatchItem, Obligation, Shipment
from fundsite.fulfilment.owed import Choice
from fundsite.pledges.models import Pledge

HOME = {
    "name": "髙橋 花子",
    "kana": "タカハシ ハナコ",
    "phone": "03-1234-5678",
    "postal_code": "100-0001",
    "region": "東京都",
    "city": "千代田区",
    "line1": "千代田1-2-3",
    "line2": "見本荘101",
    "country": "JP",
}
SENDER = {
    "name": "認定NPO法人ゆうげの間",
    "phone": "03-0000-0000",
    "postal_code": "100-0002",
    "address": "東京都千代田区皇居外苑1-1",
    "building": "",
    "slip": "0",
    "customer_code": "0300000000",
    "freight_code": "01",
}


def collected(site, campaign, kind="labels", attempt="once", **choice):
    """Collect everything that is owed into a batch; return its number."""
    with site.inside():
        return open_batch(attempt, Choice(campaign.id, kind, **choice), "5月の発送")


def items(site, batch_id):
    """Return the batch's items, in their order."""
    with site.inside():
        rows = select(BatchItem).where(BatchItem.batch_id == batch_id, BatchItem.removed_at.is_(None))
        return list(db.session.scalars(rows.order_by(BatchItem.position, BatchItem.id)))


def change(site, pledge, **values):
    """Let a supporter or Stripe change a pledge."""
    with site.inside(), transaction() as session:
        found = session.get(Pledge, pledge.id)
        for name, value in values.items():
            setattr(found, name, value)


def goes_out(session, obligation_id, batch_id=None):
    """Record that something went out, if it is owed."""
    owed = (Obligation.id == obligation_id, Obligation.status == "owed")
    if session.execute(update(Obligation).where(*owed).values(status="shipped")).rowcount:
        now = clock.now()
        shipment = Shipment(obligation_id=obligation_id, batch_id=batch_id, carrier="test")
        shipment.shipped_at = shipment.recorded_at = now
        session.add(shipment)


def locked(site, campaign, kind="labels", attempt="once", **choice):
    """Collect everything that is owed into a batch and lock it; return its number."""
    batch = collected(site, campaign, kind, attempt, **choice)
    with site.inside():
        lock_batch(batch, None)
    return batch


def letters_about(site, words):
    """Return the mails whose subject has these words, once the worker has been by."""
    site.work()
    return [mail for mail in site.letterbox.mails if words in str(mail["subject"])]


def plain(mail):
    """Return a mail's plain text."""
    return mail.get_body(("plain",)).get_content()
