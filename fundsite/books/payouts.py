"""What Stripe sent to the organisation's bank, matched to the entries of our books by their balance transactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.books.models import LedgerEntry, Payout, PayoutLine
from fundsite.db import Base, db, release, transaction
from fundsite.errors import FundsiteError
from fundsite.payments.payouts import PayoutGateway, PayoutPart, PayoutState

PAGE = 50
MOVING = ("pending", "in_transit")
PATIENCE = timedelta(days=30)  # how long a payout that is not at its end is asked about


class NoSuchPayout(FundsiteError):
    """There is no payout of that id in the books."""


@dataclass(frozen=True)
class PayoutSummary:
    """A payout with what its lines add up to; `unexplained` counts the lines that our books do not have."""

    payout: Payout
    lines: int
    net: int
    unexplained: int


@dataclass(frozen=True)
class MatchedLine:
    """A line of a payout; `booked` is what our books say of it (None: nothing), `reference` whose money it is."""

    line: PayoutLine
    reference: str
    booked: int | None

    @property
    def is_explained(self) -> bool:
        """Whether the books say the same."""
        return self.booked == self.line.net


def take_in(gateway: PayoutGateway, since: datetime) -> None:
    """Write down the payouts made since a moment, and what became of those that were under way. Safe to repeat.

    Raises what the gateway raises; what was written until then stays.
    """
    seen = set()
    for state in gateway.payouts_since(since):
        seen.add(state.id)
        note(gateway, state)
    for payout_id in _under_way():
        if payout_id not in seen:
            note(gateway, gateway.payout(payout_id))


def note(gateway: PayoutGateway, state: PayoutState) -> None:
    """Write down a payout as it stands, with its lines once Stripe knows them for certain."""
    kept = db.session.scalar(select(Payout).where(Payout.payout_id == state.id))
    release()
    if kept is not None and kept.status == state.status and (kept.complete or not state.automatic):
        return
    parts = list(gateway.payout_lines(state.id)) if state.automatic and not (kept and kept.complete) else []
    with transaction() as session:
        payout_id = _written(session, state)
        for part in parts:
            _insert(session, PayoutLine, _values(payout_id, part), ["payout_id", "balance_transaction"])


def _written(session: Session, state: PayoutState) -> int:
    values = {
        "payout_id": state.id,
        "amount": state.amount,
        "currency": state.currency,
        "status": state.status,
        "automatic": state.automatic,
        "complete": False,
        "created_at": state.created_at,
        "arrives_on": state.arrives_on,
        "recorded_at": clock.now(),
    }
    _insert(session, Payout, values, ["payout_id"])
    payout = session.scalars(select(Payout).where(Payout.payout_id == state.id)).one()
    payout.status, payout.arrives_on = state.status, state.arrives_on
    payout.complete = payout.complete or (state.automatic and state.complete)
    session.flush()
    return payout.id


def _values(payout_id: int, part: PayoutPart) -> dict[str, object]:
    return {
        "payout_id": payout_id,
        "balance_transaction": part.balance_transaction,
        "kind": part.kind,
        "source": part.source,
        "amount": part.amount,
        "fee": part.fee,
        "net": part.net,
        "reference": part.reference,
        "occurred_at": part.at,
    }


def _insert(session: Session, table: type[Base], values: dict[str, object], unique: list[str]) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(table).values(values).on_conflict_do_nothing(index_elements=unique))


def _under_way() -> Sequence[str]:
    waits = Payout.status.in_(MOVING) | (Payout.automatic & ~Payout.complete)
    rows = select(Payout.payout_id).where(waits, Payout.created_at > clock.now() - PATIENCE)
    found = db.session.scalars(rows).all()
    release()
    return found


def payouts_page(before: int | None) -> tuple[list[PayoutSummary], int | None]:
    """Return the newest payouts, older than the key `before`, and the key of the next page."""
    rows = select(Payout).order_by(Payout.created_at.desc(), Payout.id.desc()).limit(PAGE + 1)
    if before is not None:
        mark = select(Payout.created_at).where(Payout.id == before).scalar_subquery()
        rows = rows.where((Payout.created_at < mark) | ((Payout.created_at == mark) & (Payout.id < before)))
    found = list(db.session.scalars(rows))
    shown = found[:PAGE]
    matched = _matched(PayoutLine.payout_id.in_([payout.id for payout in shown])).subquery()
    strange = func.coalesce(matched.c.booked, matched.c.net + 1) != matched.c.net
    sums = select(matched.c.payout_id, func.count(), func.sum(matched.c.net), func.count().filter(strange))
    said = {row[0]: row[1:] for row in db.session.execute(sums.group_by(matched.c.payout_id))}
    summaries = [PayoutSummary(one, *(int(part) for part in said.get(one.id, (0, 0, 0)))) for one in shown]
    return summaries, shown[-1].id if len(found) > PAGE else None


def find_payout(payout_id: str) -> Payout:
    """Return a payout by Stripe's id; NoSuchPayout otherwise."""
    found = db.session.scalar(select(Payout).where(Payout.payout_id == payout_id))
    if found is None:
        raise NoSuchPayout(payout_id)
    return found


def lines_of(payout: Payout) -> list[MatchedLine]:
    """Return a payout's lines with what our books say of each, the oldest first."""
    matched = _matched(PayoutLine.payout_id == payout.id).subquery()
    rows = select(PayoutLine, matched.c.ours, matched.c.booked).join(matched, matched.c.id == PayoutLine.id)
    found = db.session.execute(rows.order_by(PayoutLine.occurred_at, PayoutLine.id))
    return [
        MatchedLine(line, ours or line.reference, None if booked is None else int(booked))
        for line, ours, booked in found
    ]


def strangers(since: datetime) -> list[tuple[str, str, str]]:
    """Return payout, balance transaction and reference of lines that say they are ours and are not in our books."""
    marked = _matched(PayoutLine.reference != "").subquery()
    rows = (
        select(Payout.payout_id, marked.c.balance_transaction, marked.c.reference)
        .join(Payout, Payout.id == marked.c.payout_id)
        .where(Payout.created_at >= since, func.coalesce(marked.c.booked, marked.c.net + 1) != marked.c.net)
        .order_by(Payout.id, marked.c.id)
    )
    found = [(payout, balance, reference) for payout, balance, reference in db.session.execute(rows)]
    release()
    return found


def _matched(condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Select lines with the sum and the owner of the entries that stand in the same balance transaction."""
    return (
        select(
            PayoutLine.id,
            PayoutLine.payout_id,
            PayoutLine.balance_transaction,
            PayoutLine.reference,
            PayoutLine.net,
            func.sum(LedgerEntry.amount).label("booked"),
            func.min(LedgerEntry.reference).label("ours"),
        )
        .outerjoin(LedgerEntry, LedgerEntry.balance_transaction == PayoutLine.balance_transaction)
        .where(condition)
        .group_by(PayoutLine.id)
    )
