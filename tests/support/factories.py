"""Campaigns, rewards, reports and pledges for tests, with what a test does not care about filled in."""

from datetime import date, timedelta
from itertools import count

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.db import transaction
from fundsite.pledges.models import Pledge, PledgeEvent
from fundsite.rewards.models import Reward
from fundsite.updates.models import Update
from support.site import hidden_fields

BACKER = {
    "name": "髙橋 花子",
    "email": "hanako@example.jp",
    "consent": "y",
    "display_name": "はなこ",
    "comment": "応援しています。",
}
ADDRESS = {
    "kana": "ﾀｶﾊｼ ﾊﾅｺ",
    "phone": "０３－１２３４－５６７８",
    "postal_code": "１２３ー４５６７",
    "region": "東京都",
    "city": "見本区",
    "line1": "見本町1-2-3",
}


class Factory:
    """Makes what tests need in the site's database."""

    def __init__(self, site):
        self.site = site
        self.numbers = count(1)

    def _add(self, row):
        with self.site.inside(), transaction() as session:
            session.add(row)
            session.flush()
        return row

    def campaign(self, slug="ie", **values):
        now = clock.now()
        defaults = {
            "title": "夕ごはんと灯りのある家を",
            "goal": 5_000_000,
            "starts_at": now - timedelta(days=10),
            "ends_at": now + timedelta(days=20),
        }
        return self._add(Campaign(slug=slug, **{**defaults, **values}))

    def reward(self, campaign, code="A", **values):
        defaults = {
            "title": "お礼状",
            "amount": 3_000,
            "position": ord(code[0]),
            "fulfilment_month": date(2027, 5, 1),
        }
        return self._add(Reward(campaign_id=campaign.id, code=code, **{**defaults, **values}))

    def update(self, campaign, number=1, **values):
        defaults = {
            "slug": f"report-{number}",
            "title": f"報告{number}",
            "body": "本文です。",
            "body_html": "<p>本文です。</p>",
            "lead": "本文です。",
            "published_at": clock.now() - timedelta(days=1),
        }
        return self._add(Update(campaign_id=campaign.id, number=number, **{**defaults, **values}))

    def paid(self, campaign, reward=None, **values):
        """Write a paid pledge with its history, as rows only: its figures and mail are left out."""
        number, now = next(self.numbers), clock.now()
        defaults = {
            "reference": f"TEST-{number:04}",
            "attempt": f"attempt-{number}",
            "token_hash": f"hash-{number}",
            "reward_id": reward.id if reward else None,
            "status": "paid",
            "holds_stock": reward is not None,
            "currency": "JPY",
            "unit_amount": reward.amount if reward else 0,
            "quantity": 1 if reward else 0,
            "extra": 0 if reward else 3_000,
            "total": reward.amount if reward else 3_000,
            "email": f"backer{number}@example.jp",
            "name": f"支援者 {number}",
            "display_name": f"名前{number}",
            "created_at": now,
            "hold_until": now,
            "next_look_at": now,
            "paid_at": now - timedelta(minutes=number),
        }
        said = {**defaults, **values}
        pledge = self._add(Pledge(campaign_id=campaign.id, **{"counted_at": said["paid_at"], **said}))
        self._add(PledgeEvent(pledge_id=pledge.id, from_status=None, to_status="pending", cause="test", at=now))
        self._add(PledgeEvent(pledge_id=pledge.id, from_status="pending", to_status="paid", cause="test:paid", at=now))
        return pledge


def filled(browser, slug="ie", code="A", prefix="", **typed):
    """Fill the form as a supporter would and send it; return the answer."""
    address = f"{prefix}/c/{slug}/pledge?reward={code}"
    form = hidden_fields(browser.get(address).text)
    return browser.post(address, data={**form, **BACKER, **typed})


def confirmed(browser, slug="ie", code="A", prefix="", **typed):
    """Fill the form as a supporter would, up to the confirmation; return its hidden fields."""
    reply = filled(browser, slug, code, prefix, **typed)
    assert reply.status_code == 200, reply.text
    return hidden_fields(reply.text)


def pledged(browser, slug="ie", code="A", prefix="", **typed):
    """Make a pledge up to Stripe's page; return the reply that leads there."""
    return browser.post(f"{prefix}/c/{slug}/pledge/confirm", data=confirmed(browser, slug, code, prefix, **typed))
