"""Finding a pledge: by reference, name or address, by status, a page at a time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from fundsite import text
from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.pledges.differing import differs
from fundsite.pledges.giving_back import wanting
from fundsite.pledges.models import STATUSES, Payment, Pledge, Refund

PAGE = 50
ATTENTION = "attention"
OFFLINE = "offline"
REFERENCE = 8  # how many letters it has


@dataclass(frozen=True)
class Wanted:
    """What is looked for: empty means any. `before` is the last pledge that was seen."""

    text: str = ""
    status: str = ""
    slug: str = ""
    before: int | None = None


@dataclass(frozen=True)
class Line:
    """A pledge in the list."""

    reference: str
    name: str
    email: str
    status: str
    source: str
    total: int
    refunded: int
    currency: str
    campaign: str
    at: datetime
    needs_staff: bool


@dataclass(frozen=True)
class ListPage:
    """A page of pledges, and the key of the next one."""

    lines: list[Line]
    next_before: int | None


def pledges_page(wanted: Wanted) -> ListPage:
    """Return the newest pledges that are looked for, older than the key `before`. One statement."""
    waits = needs_staff()
    rows = select(Pledge, Campaign.title, waits).join(Campaign, Campaign.id == Pledge.campaign_id)
    if wanted.text:
        rows = rows.where(_matches(wanted.text))
    if wanted.slug:
        rows = rows.where(Campaign.slug == wanted.slug)
    if wanted.status == ATTENTION:
        rows = rows.where(waits)
    elif wanted.status == OFFLINE:
        rows = rows.where(Pledge.source != "online")
    elif wanted.status in STATUSES:
        rows = rows.where(Pledge.status == wanted.status)
    if wanted.before is not None:
        rows = rows.where(Pledge.id < wanted.before)
    found = db.session.execute(rows.order_by(Pledge.id.desc()).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    lines = [_line(pledge, title, needs_staff=bool(needs)) for pledge, title, needs in shown]
    return ListPage(lines, shown[-1][0].id if len(found) > PAGE else None)


def needs_staff() -> ColumnElement[bool]:
    """Select the pledges that wait for a decision: a refund that failed, a dispute, an amount that differs."""
    paid = select(Payment.id).where(Payment.pledge_id == Pledge.id)
    refunds = select(Refund.id).where(Refund.pledge_id == Pledge.id, wanting())
    disputed = paid.where(Payment.dispute == "open")
    differing = paid.where(differs()).correlate(Pledge)
    return or_(refunds.correlate(Pledge).exists(), disputed.correlate(Pledge).exists(), differing.exists())


def _matches(typed: str) -> ColumnElement[bool]:
    said = text.line(typed).lower()
    letters = "".join(letter for letter in said.upper() if letter.isalnum())
    conditions = [func.lower(column).contains(said, autoescape=True) for column in (Pledge.name, Pledge.email)]
    if len(letters) == REFERENCE:
        conditions.append(Pledge.reference == f"{letters[:4]}-{letters[4:]}")
    return or_(*conditions)


def _line(pledge: Pledge, title: str, *, needs_staff: bool) -> Line:
    return Line(
        reference=pledge.reference,
        name=pledge.name,
        email=pledge.email,
        status=pledge.status,
        source=pledge.source,
        total=pledge.total,
        refunded=pledge.refunded,
        currency=pledge.currency,
        campaign=title,
        at=pledge.paid_at or pledge.created_at,
        needs_staff=needs_staff,
    )
