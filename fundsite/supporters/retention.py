"""How long addresses are kept: some months after the parcel went out, by the site's setting."""

import calendar
from datetime import datetime

import structlog
from sqlalchemy import or_, select

from fundsite import audit, clock
from fundsite.db import transaction
from fundsite.fulfilment.backer_index import forget
from fundsite.fulfilment.models import Obligation, Shipment
from fundsite.pledges.models import Pledge
from fundsite.settings import current_settings
from fundsite.supporters.erasing import HOME, blank_recipients

log = structlog.get_logger()

AT_ONCE = 200


def erase_old_addresses() -> int:
    """Erase addresses and telephones of what was sent longer ago than the site keeps them; return of how many.

    What was not sent, or came back, is never touched. Safe to repeat; without the setting nothing happens.
    """
    months = current_settings().retention_months
    total = 0
    while months and (count := _erase_some(before(clock.now(), months))):
        total += count
    if total:
        log.info("addresses_erased", pledges=total, months=months)
    return total


def before(now: datetime, months: int) -> datetime:
    """Return the moment so many months ago; the last day of a shorter month stands for a day that it lacks."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return now.replace(year=years, month=month + 1, day=min(now.day, last))


def _erase_some(moment: datetime) -> int:
    sent = select(Shipment.obligation_id).where(
        Shipment.undone_at.is_(None), Shipment.returned_at.is_(None), Shipment.shipped_at < moment
    )
    kept = or_(*(getattr(Pledge, name) != "" for name in HOME))
    due = (
        select(Pledge)
        .join(Obligation, Obligation.pledge_id == Pledge.id)
        .where(Obligation.status == "shipped", Obligation.id.in_(sent), kept)
        .order_by(Pledge.id)
        .limit(AT_ONCE)
    )
    with transaction() as session:
        found = session.scalars(due.with_for_update(of=Pledge)).all()
        for pledge in found:
            for name, value in HOME.items():
                setattr(pledge, name, value)
        if found:
            gone = [pledge.id for pledge in found]
            blank_recipients(session, gone)
            forget(session, gone)
            audit.record(session, None, "personal_data.expired", "site", "addresses", count=len(found))
        return len(found)
