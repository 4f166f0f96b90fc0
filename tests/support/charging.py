"""An All-or-Nothing campaign of many saved cards, and its charging while the worker is killed again and again."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import requests
from sqlalchemy import func, select, update

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.db import release, transaction
from fundsite.payments.orders import CustomerOrder
from fundsite.pledges import access, lifecycle
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.service import gateway
from support.waiting import wait_until

SLUG, PRICE = "ie", 3_000
GOOD, DECLINING = "pm_card_visa", "pm_card_chargeCustomerFail"


@dataclass(frozen=True)
class Outcome:
    """What came of it, by our rows and by Stripe's."""

    seconds: float
    kills: int
    paid: int
    declined: int
    charged_at_stripe: int
    charged_twice: int
    asked: int


def promise_many(site, make, count, every):
    """Save a card at Stripe for each of `count` supporters and promise; each `every`-th declines when it is charged."""
    campaign = make.campaign(SLUG, funding="all_or_nothing", goal=PRICE * count // 2)
    reward = make.reward(campaign, amount=PRICE, stock=count)
    with site.inside():
        for number in range(count):
            reference = access.new_reference()
            email = f"p{number}@example.jp"
            customer = gateway().customer(CustomerOrder(reference, email, "支援者", "ja"))
            card = _saved(site, customer, DECLINING if number % every == every - 1 else GOOD)
            _promised(_pledge(campaign, reward, reference, email, customer, card))
            release()


def _saved(site, customer, token):
    address = f"{site.stripe_url}/v1/payment_methods/{token}/attach"
    reply = requests.post(address, {"customer": customer}, auth=("sk_test_notAKey", ""), timeout=30)
    reply.raise_for_status()
    return reply.json()["id"]


def _pledge(campaign, reward, reference, email, customer, card):
    now = clock.now()
    return Pledge(
        reference=reference,
        attempt=reference,
        token_hash=access.token_hash(access.token_of(reference)),
        campaign_id=campaign.id,
        reward_id=reward.id,
        status="pending",
        currency="JPY",
        unit_amount=PRICE,
        quantity=1,
        extra=0,
        total=PRICE,
        email=email,
        name="支援者",
        created_at=now,
        hold_until=now,
        next_look_at=now,
        customer_id=customer,
        saved_card_id=card,
    )


def _promised(pledge):
    with transaction() as session:
        assert lifecycle.take_stock(session, pledge)
        lifecycle.begin(session, pledge, "supporter:confirmed")
        lifecycle.move(session, pledge, "promised", "stripe:saved", clock.now())


def end(site):
    site.change(update(Campaign).values(ends_at=clock.now() - timedelta(minutes=1)))


def counted(site):
    return Counter(dict(tuple(row) for row in site.rows(select(Pledge.status, func.count()).group_by(Pledge.status))))


def charge_with_kills(site, count, kills, *, seconds):
    """End the campaign, kill a worker `kills` times on the way, and wait until every card was tried."""
    began = time.monotonic()
    end(site)
    for number in range(kills):
        mark = count * (number + 1) // (kills + 2)
        wait_until(lambda mark=mark: _tried(site) >= mark, f"{mark} cards tried", seconds=seconds, pause=0.01)
        site.kill("worker")
        site.start("worker")
    wait_until(lambda: not counted(site)["promised"], "every card tried", seconds=seconds, pause=0.5)
    return outcome(site, time.monotonic() - began, kills)


def _tried(site):
    return site.one(select(func.count(Payment.id)).where(Payment.status != "open"))


def outcome(site, seconds, kills):
    statuses = counted(site)
    intents = site.stripe("books")["payment_intents"]
    taken = Counter(one["metadata"]["fundsite_reference"] for one in intents if one["status"] == "succeeded")
    return Outcome(
        seconds=seconds,
        kills=kills,
        paid=statuses["paid"],
        declined=statuses["declined"],
        charged_at_stripe=len(taken),
        charged_twice=sum(1 for times in taken.values() if times > 1),
        asked=len(intents),
    )
