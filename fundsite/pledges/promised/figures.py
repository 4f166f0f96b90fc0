"""How the charging of an All-or-Nothing campaign stands, for staff: counted by the database, nothing personal in it."""

from dataclasses import dataclass

from sqlalchemy import exists, func, select

from fundsite.db import db
from fundsite.pledges.models import Payment, Pledge


@dataclass(frozen=True)
class ChargeLine:
    """How many pledges stand so, and their sum in the currency's minor unit. `released`: given up after all retries."""

    status: str
    count: int
    amount: int


STATUSES = ("promised", "paid", "declined", "released", "uncharged")


def charge_lines(campaign_id: int) -> tuple[ChargeLine, ...]:
    """Return a line for each way in which a promise can stand, those with nobody too. One statement."""
    tried = exists().where(Payment.pledge_id == Pledge.id, Payment.purpose == "saved_card")
    shown = Pledge.status.in_(("promised", "paid", "declined", "uncharged")) | ((Pledge.status == "expired") & tried)
    rows = (
        select(Pledge.status, func.count(), func.sum(Pledge.total - Pledge.refunded))
        .where(Pledge.campaign_id == campaign_id, Pledge.source == "online", shown)
        .group_by(Pledge.status)
    )
    found = {
        "released" if status == "expired" else status: (count, int(amount))
        for status, count, amount in db.session.execute(rows)
    }
    return tuple(ChargeLine(status, *found.get(status, (0, 0))) for status in STATUSES)
