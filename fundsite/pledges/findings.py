"""What a walk through Stripe's lists found: what was applied, and what nobody can explain."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from sqlalchemy import func, select

from fundsite.books.models import LedgerEntry
from fundsite.db import db, release
from fundsite.payments.gateway import GatewayRefused, GatewayUnavailable
from fundsite.pledges.models import Pledge

log = structlog.get_logger()


@dataclass
class Findings:
    """What a walk through Stripe's lists found: what was applied, and what nobody can explain."""

    looked_at: int = 0
    applied: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)


def _mark(pledge_id: int) -> tuple[object, ...]:
    """Return what changes when something is applied to a pledge."""
    pledge = db.session.get_one(Pledge, pledge_id, populate_existing=True)
    entries = db.session.scalar(select(func.count()).where(LedgerEntry.pledge_id == pledge_id))
    mark = (pledge.status, pledge.refunded, entries)
    release()
    return mark


@contextmanager
def noting(pledge: Pledge, found: Findings) -> Iterator[None]:
    """Note whether what is done inside changed anything, and name a pledge whose change failed."""
    before = _mark(pledge.id)
    try:
        yield
    except (GatewayUnavailable, GatewayRefused) as error:
        found.unexplained.append(f"pledge {pledge.reference}: {error}")
        return
    after = _mark(pledge.id)
    if after != before:
        log.info("reconciled", reference=pledge.reference, before=before[0], after=after[0])
        found.applied.append(f"pledge {pledge.reference}: {before[0]} → {after[0]}, {after[2]} entries in the books")
