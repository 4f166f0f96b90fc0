"""A history for the demo: the same backers, sums and comments each time, told as if today were its last day."""

import random
import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.clock import start_of_day
from fundsite.content.shape import CampaignFile, RewardFile, SiteContent
from fundsite.db import transaction
from fundsite.demo.people import People
from fundsite.demo.records import pay, write
from fundsite.pledges import access
from fundsite.pledges.models import Pledge
from fundsite.pledges.origin import ORIGIN
from fundsite.rewards.models import Reward
from fundsite.settings import current_settings

SEED = 842
AWAKE = range(7, 24)  # the hours in which people pledge
MOST_SHUFFLES = 500
ORIGINS = (
    ("", "", "", ""),
    ("newsletter", "email", "ends-soon", ""),
    ("instagram", "social", "", ""),
    ("line", "social", "", ""),
    ("", "", "", "google.co.jp"),
    ("", "", "", ""),
    ("tegami", "print", "flyer", ""),
    ("", "", "", "shinbun.example"),
)


@dataclass(frozen=True)
class Gift:
    """One pledge of the history: a reward or none, and what is given beyond its price."""

    code: str | None
    extra: int

    def amount(self, prices: dict[str, int]) -> int:
        """Return its total in yen."""
        return self.extra + (prices[self.code] if self.code else 0)


def days_since(material: Path) -> int:
    """Return how many days lie between the day that the material calls today, and today."""
    told_on = date.fromisoformat(tomllib.loads(material.read_text(encoding="utf-8"))["as_of"])
    return (clock.local_day(clock.now(), current_settings().timezone) - told_on).days


def moved_to_today(content: SiteContent, days: int) -> SiteContent:
    """Move every date of the content by `days`, so that the campaign is as far along as it was told."""
    return replace(content, campaigns=tuple(_moved(campaign, timedelta(days=days)) for campaign in content.campaigns))


def _moved(campaign: CampaignFile, by: timedelta) -> CampaignFile:
    return replace(
        campaign,
        starts_at=campaign.starts_at + by,
        ends_at=campaign.ends_at + by if campaign.ends_at else None,
        rewards=tuple(_moved_reward(reward, by) for reward in campaign.rewards),
        updates=tuple(replace(update, published_at=update.published_at + by) for update in campaign.updates),
    )


def _moved_reward(reward: RewardFile, by: timedelta) -> RewardFile:
    month = reward.fulfilment_month
    return replace(reward, fulfilment_month=(month + by).replace(day=1) if month else None)


def make_history(material: Path) -> None:
    """Write the pledges of every campaign that the material knows, in one transaction."""
    said = tomllib.loads(material.read_text(encoding="utf-8"))
    by = timedelta(days=days_since(material))
    with transaction() as session:
        for number, slug in enumerate(sorted(said["campaigns"])):
            _campaign(session, slug, said, by, random.Random(SEED + number))  # noqa: S311 - the same each time


def _campaign(session: Session, slug: str, said: dict[str, Any], by: timedelta, dice: random.Random) -> None:
    plan = said["campaigns"][slug]
    campaign = session.scalars(select(Campaign).where(Campaign.slug == slug)).one()
    rewards = {row.code: row for row in session.scalars(select(Reward).where(Reward.campaign_id == campaign.id))}
    times = _times(plan["curve"], campaign.starts_at, by, dice)
    gifts = _told_order(_gifts(plan), times, plan.get("milestones", []), by, rewards, dice)
    crowd = People(said["people"], said["addresses"], dice)
    comments = _spread(said["comments"].get(slug, []), len(gifts), plan["comments_per_hundred"], dice)
    for number, (at, gift, comment) in enumerate(zip(times, gifts, comments, strict=True), 1):
        reward = rewards[gift.code] if gift.code else None
        person = crowd.draw(campaign.id * 1000 + number, reward.shipping if reward else "none")
        pledge = Pledge(
            reference=access.new_reference(dice),
            campaign_id=campaign.id,
            reward_id=reward.id if reward else None,
            status=_status(campaign),
            holds_stock=reward is not None,
            currency=campaign.currency,
            unit_amount=reward.amount if reward else 0,
            quantity=1 if reward else 0,
            extra=gift.extra,
            total=gift.amount({code: row.amount for code, row in rewards.items()}),
            email=person.email,
            name=person.name,
            kana=person.kana,
            phone=person.phone,
            display_name=person.display_name,
            anonymous=dice.random() * 100 < plan["anonymous_per_hundred"],
            comment=comment,
            answers=_answers(said["answers"].get(f"{slug}/{gift.code}"), reward, dice),
            created_at=at - timedelta(minutes=4),
            hold_until=at + timedelta(minutes=36),
            next_look_at=at,
            counted_at=at,
            paid_at=at,
            method="card",
            **_origin(number),
            **person.address,
        )
        write(session, pledge, at)
        pay(session, pledge, at)
        if reward is not None:
            reward.claimed += 1
            reward.pledged += 1
        campaign.raised += pledge.total
        campaign.backers += 1


def _status(campaign: Campaign) -> str:
    """Return what has become of a pledge of the history: a monthly one goes on."""
    return "active" if campaign.funding == "monthly" else "paid"


def _origin(number: int) -> dict[str, str]:
    """Return where a backer came from; it is counted off, so that the dice fall as they did before."""
    return dict(zip(ORIGIN, ORIGINS[number * 7 % 20 % len(ORIGINS)], strict=True))


def _gifts(plan: dict[str, Any]) -> list[Gift]:
    """Return every pledge of the plan, with the extras laid on those that have a reward."""
    codes = [code for code, count in sorted(plan["rewards"].items()) for _ in range(count)]
    extras = [entry["amount"] for entry in plan["extras"] for _ in range(entry["count"])]
    extras += [0] * (len(codes) - len(extras))
    step = 7  # lays the extras on different rewards; it has no factor in common with the counts
    laid = [extras[index * step % len(codes)] for index in range(len(codes))] if len(codes) % step else extras
    free = [Gift(None, entry["amount"]) for entry in plan["no_reward"] for _ in range(entry["count"])]
    return [*(Gift(code, extra) for code, extra in zip(codes, laid, strict=True)), *free]


def _times(curve: list[dict[str, Any]], start: datetime, by: timedelta, dice: random.Random) -> list[datetime]:
    """Return when each pledge was paid, so that the day's end counts are those of the curve."""
    zone = current_settings().timezone
    times: list[datetime] = []
    before = clock.local_day(start, zone) - timedelta(days=1)
    latest = clock.now() - timedelta(minutes=10)
    for point in curve:
        day = date.fromisoformat(point["on"]) + by
        days = max((day - before).days, 1)
        for _ in range(point["backers"] - len(times)):
            on = start_of_day(before + timedelta(days=dice.randrange(days) + 1), zone)
            at = on + timedelta(hours=dice.choice(AWAKE), seconds=dice.randrange(3600))
            times.append(min(max(at, start + timedelta(minutes=30)), latest))
        times.sort()
        before = day
    return times


def _told_order(
    gifts: list[Gift],
    times: list[datetime],
    milestones: list[dict[str, Any]],
    by: timedelta,
    rewards: dict[str, Reward],
    dice: random.Random,
) -> list[Gift]:
    """Shuffle the pledges until the sums are over and under what the reports say of their days."""
    zone = current_settings().timezone
    prices = {code: row.amount for code, row in rewards.items()}
    for _ in range(MOST_SHUFFLES):
        dice.shuffle(gifts)
        for told in milestones:
            end = clock.end_of_day(date.fromisoformat(told["on"]) + by, zone)
            raised = sum(gift.amount(prices) for gift, at in zip(gifts, times, strict=True) if at < end)
            if raised < told.get("over", 0) or raised >= told.get("under", raised + 1):
                break
        else:
            return gifts
    raise RuntimeError("no order of the pledges fits what the reports tell")


def _spread(comments: list[str], count: int, per_hundred: int, dice: random.Random) -> list[str]:
    """Return a comment or none for each pledge; each is used once before any is used again."""
    wanted = min(count * per_hundred // 100, len(comments))
    chosen = [*dice.sample(comments, wanted), *([""] * (count - wanted))]
    dice.shuffle(chosen)
    return chosen


def _answers(pool: list[list[str]] | None, reward: Reward | None, dice: random.Random) -> list[dict[str, str]]:
    if reward is None or not reward.questions:
        return []
    given = dice.choice(pool) if pool else [""] * len(reward.questions)
    return [
        {"question": question["label"], "answer": answer}
        for question, answer in zip(reward.questions, given, strict=True)
    ]
