"""How many pledges one visitor may have at checkout: enough for a family, too few for trying stolen cards.

A visitor is a browser's session and, apart from it, a network address, which may hold more: whole halls and mobile
carriers stand behind one. Both are kept as keyed hashes, for an hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.pledges import access
from fundsite.pledges.checkout_models import OpenCheckout
from fundsite.pledges.models import Pledge

REMEMBERED = timedelta(hours=1)


class TooManyOpen(FundsiteError):
    """This visitor has as many pledges at checkout as may be; nothing was taken."""


@dataclass(frozen=True)
class OpenPledge:
    """A pledge that its supporter can go on with or give up."""

    token: str
    reference: str
    campaign_title: str
    total: int
    currency: str


def make_room(session: Session, visitor: Mapping[str, int], now: datetime) -> None:
    """Raise TooManyOpen where a key of the visitor has as many pledges at checkout as it may.

    Until the transaction ends, no other one of this visitor gets past here: several at once are counted.
    """
    for key, most in sorted(visitor.items()):
        if session.get_bind().dialect.name == "postgresql":  # on SQLite one writes at a time anyway
            session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
        found = select(func.count()).select_from(OpenCheckout).join(Pledge, Pledge.id == OpenCheckout.pledge_id)
        if (session.scalar(found.where(_open(key, now))) or 0) >= most:
            raise TooManyOpen(str(most))


def note_opened(session: Session, visitor: Iterable[str], pledge: Pledge, now: datetime) -> None:
    """Write down whose pledge goes to checkout now."""
    session.add_all(OpenCheckout(visitor=key, pledge_id=pledge.id, opened_at=now) for key in visitor)


def open_pledges(browser: str) -> Sequence[OpenPledge]:
    """Return what a browser has at checkout, the latest first."""
    rows = db.session.execute(
        select(Pledge.reference, Campaign.title, Pledge.total, Pledge.currency, Pledge.link_number)
        .join(OpenCheckout, Pledge.id == OpenCheckout.pledge_id)
        .join(Campaign, Campaign.id == Pledge.campaign_id)
        .where(_open(browser, clock.now()))
        .order_by(Pledge.id.desc())
    )
    return [OpenPledge(access.token_of(row.reference, row.link_number), *row[:4]) for row in rows]


def forget_visitors() -> None:
    """Delete what has been kept long enough."""
    with transaction() as session:
        session.execute(delete(OpenCheckout).where(OpenCheckout.opened_at < clock.now() - REMEMBERED))


def _open(key: str, now: datetime) -> ColumnElement[bool]:
    lately = OpenCheckout.opened_at >= now - REMEMBERED
    return and_(OpenCheckout.visitor == key, lately, Pledge.status == "pending", Pledge.hold_until > now)
