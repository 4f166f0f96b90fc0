"""Telling of promises: staff before a month ends with things still owed, and supporters once it is late."""

from datetime import date

from flask import render_template
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from fundsite import clock, mail
from fundsite.access import FULFILMENT, OWNER
from fundsite.campaigns.models import Campaign
from fundsite.db import db, release, transaction
from fundsite.fulfilment.models import Obligation, PromiseWarning
from fundsite.fulfilment.promises import BEFORE, find_promised, last_day, today
from fundsite.mail import Letter, Writer
from fundsite.settings import current_settings
from fundsite.site import current_site
from fundsite.updates.editing import begun
from fundsite.updates.models import DRAFT, Update
from fundsite.updates.people import addresses_of
from fundsite.updates.rendering import rendered
from fundsite.updates.skeletons import Late, skeleton

NEAR = "promise_near"


def draft_notice(reward_id: int, author: str, by: int) -> int:
    """Begin a report that a reward is late, for its backers alone, and return it; one that is not out yet is enough."""
    reward, campaign = find_promised(reward_id)
    month = db.session.scalar(
        select(func.min(Obligation.due_month)).where(Obligation.reward_id == reward_id, Obligation.status == "owed")
    )
    draft = skeleton("delay", campaign, late=Late(reward.code, reward.title, month or reward.fulfilment_month))
    campaign_id, code, ready = campaign.id, reward.code, rendered(draft.body, {})
    with transaction() as session:
        session.execute(select(Campaign.id).where(Campaign.id == campaign_id).with_for_update())
        same = (Update.campaign_id == campaign_id, Update.slug == "delay", Update.audience == code)
        known = session.scalar(select(Update.id).where(*same, Update.status == DRAFT).order_by(Update.id.desc()))
        if known is not None:
            return known
        notice = begun(session, campaign_id, "delay", draft, ready, author=author, staff_id=by)
        notice.audience = code
        return notice.id


def watch_promises() -> int:
    """Warn the shipping room of what is owed in a month that ends within two weeks: once for each reward and month."""
    day = today()
    month = day.replace(day=1)
    if day < last_day(month) - BEFORE:
        return 0
    warned = select(PromiseWarning.id).where(
        PromiseWarning.reward_id == Obligation.reward_id, PromiseWarning.month == month
    )
    rows = select(Obligation.reward_id).where(Obligation.status == "owed", Obligation.due_month == month)
    found = db.session.scalars(rows.where(~warned.exists()).distinct().order_by(Obligation.reward_id)).all()
    release()
    return sum(_warn(reward_id, month) for reward_id in found)


def _warn(reward_id: int, month: date) -> int:
    try:
        with transaction() as session:
            warning = PromiseWarning(reward_id=reward_id, month=month, warned_at=clock.now())
            session.add(warning)
            session.flush()
            for email in addresses_of(session, OWNER, FULFILMENT):
                mail.announce(session, NEAR, warning.id, email, current_settings().locale)
    except IntegrityError:  # another worker was faster
        return 0
    return 1


def _letter(warning_id: int) -> Letter | None:
    """Say how much is still owed now; nothing where all of it has gone out meanwhile."""
    warning = db.session.get_one(PromiseWarning, warning_id)
    reward, campaign = find_promised(warning.reward_id)
    owed = (Obligation.reward_id == reward.id, Obligation.due_month == warning.month, Obligation.status == "owed")
    count = db.session.scalar(select(func.count()).where(*owed)) or 0
    if not count:
        return None
    site = current_site()
    said = {
        "site": site,
        "campaign": campaign.title,
        "reward": f"{reward.code}: {reward.title}",
        "month": warning.month,
        "count": count,
        "link": f"{current_settings().site_url}/staff/shipping/promises/",
    }
    return Letter(
        subject=" ".join(render_template(f"mail/{NEAR}/subject.txt", **said).split()),
        text=render_template(f"mail/{NEAR}/body.txt", **said).strip() + "\n",
        html=render_template(f"mail/{NEAR}/body.html", **said),
        sender_name=site.name,
        reply_to=site.contact_email,
    )


WRITERS: dict[str, Writer] = {NEAR: _letter}
