"""The backer list: those who are looked for, the newest first, a page at a time."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.fulfilment.backer_filter import DUE_MONTH, Wanted, chosen
from fundsite.fulfilment.backer_models import SameBacker
from fundsite.fulfilment.models import Obligation
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward

PAGE = 50
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Line:
    """A pledge in the list."""

    id: int
    reference: str
    at: datetime
    status: str
    name: str
    kana: str
    region: str
    total: int
    currency: str
    memo: str
    campaign: str
    code: str | None
    month: date | None
    shipping: str | None
    group: int | None
    lacks_address: bool


@dataclass(frozen=True)
class ListPage:
    """A page of pledges, the key of the next one, and how many there are, at least if `more`."""

    lines: list[Line]
    next_before: int | None
    count: int
    more: bool


def backers_page(wanted: Wanted, before: int | None = None) -> ListPage:
    """Return the newest that are looked for, older than the key `before`. Two statements."""
    rows = chosen(
        select(
            *(Pledge.id, Pledge.reference, Pledge.created_at, Pledge.status, Pledge.name, Pledge.kana, Pledge.region),
            *(Pledge.total, Pledge.currency, Pledge.memo, Campaign.title, Reward.code, DUE_MONTH, Obligation.status),
            *(SameBacker.group_id, (Reward.shipping != "none") & (Pledge.line1 == "")),
        ),
        wanted,
    )
    rows = rows.join(Campaign, Campaign.id == Pledge.campaign_id)
    rows = rows.outerjoin(SameBacker, SameBacker.pledge_id == Pledge.id)
    if before is not None:
        rows = rows.where(Pledge.id < before)
    found = [Line(*row) for row in db.session.execute(rows.order_by(Pledge.id.desc()).limit(PAGE + 1))]
    some = chosen(select(Pledge.id), wanted).limit(MOST_COUNTED + 1).subquery()
    count = db.session.scalar(select(func.count()).select_from(some)) or 0
    shown = found[:PAGE]
    return ListPage(
        lines=shown,
        next_before=shown[-1].id if len(found) > PAGE else None,
        count=min(count, MOST_COUNTED),
        more=count > MOST_COUNTED,
    )
