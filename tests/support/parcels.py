"""Pledges with something to send, and what became of it, as rows."""

from datetime import timedelta

from sqlalchemy import select, update

from fundsite import clock
from fundsite.db import transaction
from fundsite.fulfilment.models import Batch, BatchItem, Obligation, Shipment
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward
from support.reports import token_for
from support.site import hidden_fields

HOME = {
    "name": "髙橋 花子",
    "kana": "タカハシ ハナコ",
    "phone": "03-1234-5678",
    "postal_code": "123-4567",
    "region": "東京都",
    "city": "見本区",
    "line1": "見本町1-2-3",
    "country": "JP",
}


class Parcels:
    """A campaign with a reward that is sent, and supporters who chose it."""

    def __init__(self, site, make, **reward):
        self.site, self.make = site, make
        self.campaign = make.campaign()
        self.reward = make.reward(self.campaign, **{"shipping": "japan", **reward})

    @classmethod
    def of(cls, site, campaign):
        """Stand before a campaign that is there already, and its one reward."""
        found = cls.__new__(cls)
        found.site, found.campaign = site, campaign
        found.reward = site.one(select(Reward).where(Reward.campaign_id == campaign.id))
        return found

    def supporter(self, **values):
        """Return a paid pledge and the address of its room."""
        pledge = self.make.paid(self.campaign, self.reward, **{**HOME, **values})
        return pledge, f"/pledges/{token_for(self.site, pledge)}/"

    def owe(self, pledge, batch_status=None, **values):
        """Write what is owed for a pledge, in a batch where one is named; return its number."""
        now = clock.now()
        with self.site.inside(), transaction() as session:
            owed = session.scalar(select(Obligation).where(Obligation.pledge_id == pledge.id))
            if owed is None:
                owed = Obligation(pledge_id=pledge.id, reward_id=self.reward.id, quantity=1, created_at=now, **values)
                session.add(owed)
                session.flush()
            if batch_status:
                batch = Batch(
                    campaign_id=self.campaign.id,
                    attempt=f"batch-{owed.id}",
                    title="1回目",
                    kind="b2cloud",
                    status=batch_status,
                    created_at=now,
                    announced_at=now,
                    corrections_until=now + timedelta(hours=48),
                    locked_at=now,
                )
                session.add(batch)
                session.flush()
                copy = dict(HOME) if batch_status in {"locked", "done"} else None
                session.add(BatchItem(batch_id=batch.id, obligation_id=owed.id, recipient=copy))
                owed.batch_id = batch.id
            return owed.id

    def send(self, owed_id, at=None, **values):
        """Write down that a thing went out."""
        now = clock.now()
        with self.site.inside(), transaction() as session:
            said = {"carrier": "yamato", "tracking_number": "1234", "recorded_at": now, **values}
            session.add(Shipment(obligation_id=owed_id, shipped_at=at or now, **said))
            session.get_one(Obligation, owed_id).status = "shipped"

    def lock(self):
        """Lock every batch, as staff do."""
        self.site.change(update(Batch).values(status="locked"))

    def kept(self, pledge, *names):
        """Return what is kept of a pledge now."""
        columns = (getattr(Pledge, name) for name in names)
        return tuple(self.site.one(select(*columns, Pledge.id).where(Pledge.id == pledge.id)))[:-1]


def form_of(browser, address):
    """Return what stands in the form of the page for corrections, as a browser would send it."""
    html = browser.get(address).text
    return {**hidden_fields(html), **HOME}
