"""Campaigns and rewards for tests, with what a test does not care about filled in."""

from datetime import date, timedelta

from support.site import hidden_fields

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.db import transaction
from fundsite.rewards.models import Reward

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

    def campaign(self, slug="ie", **values):
        now = clock.now()
        defaults = {
            "title": "夕ごはんと灯りのある家を",
            "goal": 5_000_000,
            "starts_at": now - timedelta(days=10),
            "ends_at": now + timedelta(days=20),
        }
        with transaction() as session:
            campaign = Campaign(slug=slug, **{**defaults, **values})
            session.add(campaign)
            session.flush()
        return campaign

    def reward(self, campaign, code="A", **values):
        defaults = {
            "title": "お礼状",
            "amount": 3_000,
            "position": ord(code[0]),
            "fulfilment_month": date(2027, 5, 1),
        }
        with transaction() as session:
            reward = Reward(campaign_id=campaign.id, code=code, **{**defaults, **values})
            session.add(reward)
            session.flush()
        return reward


def confirmed(browser, slug, code, **typed):
    """Fill the form as a supporter would, up to the confirmation; return its hidden fields."""
    address = f"/c/{slug}/pledge?reward={code}"
    form = hidden_fields(browser.get(address).text)
    reply = browser.post(address, data={**form, **BACKER, **typed})
    assert reply.status_code == 200, reply.text
    return hidden_fields(reply.text)


def pledged(browser, slug="ie", code="A", **typed):
    """Make a pledge up to Stripe's page; return the reply that leads there."""
    return browser.post(f"/c/{slug}/pledge/confirm", data=confirmed(browser, slug, code, **typed))
