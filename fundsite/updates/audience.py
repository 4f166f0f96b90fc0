"""Who may read a report, and whom its notification reaches."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, false, func, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.mail import Addressee, OutboxMail
from fundsite.mail.suppression import BOUNCED, EVERYTHING, STOPPED, Suppression, suppressed_addresses
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward
from fundsite.updates.following import Follower
from fundsite.updates.models import BACKERS, EVERYONE, FOLLOWERS, MONTHLY, Update
from fundsite.updates.service import is_out

# What a mail's `because` begins with; the row's number follows.
PLEDGE, FOLLOWER = "pledge", "follower"
NOTICE = "update_notice"


@dataclass(frozen=True)
class Reach:
    """How many the notification of a report would reach if it started now, and how many of its readers it leaves out.

    Each address counts once: `told` had it already, `bounced` does not exist, `stopped` wants no such mail.
    """

    reached: int = 0
    told: int = 0
    bounced: int = 0
    stopped: int = 0


def topic_of(campaign_id: int) -> str:
    """Return the name of a campaign's reports among what a person may stop."""
    return f"campaign:{campaign_id}"


def _paid(update: Update, *, audience: str) -> ColumnElement[bool]:
    """Say which pledges open a report."""
    if audience == FOLLOWERS:
        return false()
    paid = Pledge.counted.is_(True)
    if audience == MONTHLY:
        return paid & Pledge.campaign_id.in_(select(Campaign.id).where(Campaign.funding == "monthly"))
    mine = paid & (Pledge.campaign_id == update.campaign_id)
    if audience in {EVERYONE, BACKERS}:
        return mine
    codes = select(Reward.id).where(Reward.campaign_id == update.campaign_id, Reward.code.in_(audience.split(",")))
    return mine & Pledge.reward_id.in_(codes)


def opening(update: Update, pledge_id: int, *columns: InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    """Select columns of a pledge; no row if it does not, as it stands now, open a report."""
    return select(*columns).where(Pledge.id == pledge_id, _paid(update, audience=update.audience))


def opened_by_pledge(update: Update, pledge_id: int) -> bool:
    """Whether a pledge, as it stands now, opens a report."""
    return db.session.scalar(opening(update, pledge_id, Pledge.id)) is not None


def opened_by_follower(update: Update, follower: Follower) -> bool:
    """Whether following opens a report."""
    return update.audience in {EVERYONE, FOLLOWERS} and follower.campaign_id == update.campaign_id


def _backers(update: Update) -> Select[str, str, int]:
    """Select the backers concerned, the newest pledge first: one with two pledges is there twice."""
    opening = _paid(update, audience=update.audience)
    return select(Pledge.email, Pledge.locale, Pledge.id).where(opening).order_by(Pledge.id.desc())


def _followers(update: Update) -> Select[str, str, int]:
    concerned = update.audience in {EVERYONE, FOLLOWERS}
    rows = select(Follower.email, Follower.locale, Follower.id)
    return rows.where(Follower.campaign_id == update.campaign_id if concerned else false())


def _told(update: Update) -> Select[str]:
    """Select, in small letters, who had the notification, or whose server refused it."""
    return select(func.lower(OutboxMail.recipient)).where(
        OutboxMail.kind == NOTICE, OutboxMail.about == update.id, OutboxMail.status.in_(("sent", "failed"))
    )


def recipients(session: Session, update: Update) -> list[Addressee]:
    """Return whom the notification reaches if it starts now: each address once, as a backer first.

    Those who stopped such mails, and those who had this one, are not among them.
    """
    people: dict[str, Addressee] = {}
    for because, rows in ((PLEDGE, _backers(update)), (FOLLOWER, _followers(update))):
        for email, locale, number in session.execute(rows):
            people.setdefault(email.lower(), Addressee(email, locale, f"{because}:{number}"))
    left_out = suppressed_addresses(session, topic_of(update.campaign_id)) | set(session.scalars(_told(update)))
    return [person for address, person in people.items() if address not in left_out]


def reach(update: Update) -> Reach:
    """Count whom the notification reaches if it starts now, and whom it leaves out. One statement."""
    backers = select(func.lower(Pledge.email).label("email")).where(_paid(update, audience=update.audience))
    people = union(backers, _followers(update).with_only_columns(Follower.email)).subquery()
    mine = select(Suppression.email).where(Suppression.topic.in_((topic_of(update.campaign_id), EVERYTHING)))
    fate = case(
        (people.c.email.in_(_told(update)), "told"),
        (people.c.email.in_(mine.where(Suppression.reason == BOUNCED)), "bounced"),
        (people.c.email.in_(mine.where(Suppression.reason == STOPPED)), "stopped"),
        else_="reached",
    )
    fates = select(fate.label("fate")).select_from(people).subquery()
    counted = db.session.execute(select(fates.c.fate, func.count()).group_by(fates.c.fate))
    return Reach(**{row[0]: row[1] for row in counted})


def opened_reports(pledge: Pledge) -> list[tuple[Update, Campaign]]:
    """Return the published reports that a pledge opens, the newest first, with their campaigns."""
    rows = db.session.execute(
        select(Update, Campaign)
        .join(Campaign, Campaign.id == Update.campaign_id)
        .where((Update.campaign_id == pledge.campaign_id) | (Update.audience == MONTHLY), *is_out())
        .order_by(Update.published_at.desc(), Update.id.desc())
    ).all()
    reward = db.session.get(Reward, pledge.reward_id) if pledge.reward_id else None
    funding = db.session.get_one(Campaign, pledge.campaign_id).funding
    held = {EVERYONE, BACKERS, *([MONTHLY] if funding == "monthly" else []), *([reward.code] if reward else [])}
    paid = pledge.counted
    return [
        (update, campaign)
        for update, campaign in rows
        if update.is_public or (paid and held & set(update.audience.split(",")))
    ]
