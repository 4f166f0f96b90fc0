"""Writing the books and adding them up."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.books.models import LedgerEntry
from fundsite.payments.gateway import Movement


@dataclass(frozen=True)
class Account:
    """Whose entry it is."""

    campaign_id: int
    pledge_id: int
    reference: str
    currency: str


def book(session: Session, account: Account, movements: Sequence[Movement]) -> int:
    """Write down what is not written yet, in the caller's transaction; returns how many entries are new.

    An entry that was written before Stripe had named its balance transaction is told by which one it stands there.
    """
    if not movements:
        return 0
    now = clock.now()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    rows = [
        {
            "campaign_id": account.campaign_id,
            "pledge_id": account.pledge_id,
            "reference": account.reference,
            "currency": account.currency,
            "kind": movement.kind,
            "source": movement.source,
            "amount": movement.amount,
            "balance_transaction": movement.balance_transaction,
            "occurred_at": movement.at,
            "recorded_at": now,
        }
        for movement in movements
    ]
    written = session.execute(
        insert(LedgerEntry)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["kind", "source"])
        .returning(LedgerEntry.id)
    )
    count = len(written.all())
    for movement in movements if count < len(movements) else ():
        _fill_in(session, movement)
    return count


def _fill_in(session: Session, movement: Movement) -> None:
    if movement.balance_transaction is not None:
        session.execute(
            update(LedgerEntry)
            .where(LedgerEntry.kind == movement.kind, LedgerEntry.source == movement.source)
            .where(LedgerEntry.balance_transaction.is_(None))
            .values(balance_transaction=movement.balance_transaction)
        )


def sums_of(session: Session, pledge_id: int) -> dict[str, int]:
    """Return what a pledge's entries add up to, by kind."""
    rows = session.execute(
        select(LedgerEntry.kind, func.sum(LedgerEntry.amount))
        .where(LedgerEntry.pledge_id == pledge_id)
        .group_by(LedgerEntry.kind)
    )
    return {kind: int(total) for kind, total in rows}
