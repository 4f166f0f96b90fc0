"""Tracking numbers from a file: held against what is owed, shown, and then applied, all of them or nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import audit
from fundsite.db import db, transaction
from fundsite.fulfilment.couriers import MAIL, couriers
from fundsite.fulfilment.errors import Overtaken
from fundsite.fulfilment.models import LOCKED, Batch, BatchItem, Obligation, Shipment
from fundsite.fulfilment.obligations import keep_obligations
from fundsite.fulfilment.recipients import corrected
from fundsite.fulfilment.shipping import LIVE, ship, things
from fundsite.fulfilment.tracking_file import Home, Pair, home_of
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward

READY, ADDS = "ready", "adds"  # what applying does: record that it went out, or add the number to what did


@dataclass(frozen=True)
class Match:
    """A row and what it means: `state` says what applying would do or why it does nothing, `doubts` what looks odd."""

    pair: Pair
    state: str
    reward: str = ""
    obligation_id: int = 0
    batch_id: int = 0
    doubts: tuple[str, ...] = ()

    @property
    def applies(self) -> bool:
        """Whether applying would do anything."""
        return self.state in (READY, ADDS)


@dataclass(frozen=True)
class Plan:
    """A whole file, held against what is owed."""

    carrier: str
    matches: Sequence[Match]

    @property
    def sure(self) -> list[Match]:
        """What is applied without a question."""
        return [match for match in self.matches if match.applies and not match.doubts]

    @property
    def doubtful(self) -> list[Match]:
        """What is applied only if staff say so."""
        return [match for match in self.matches if match.applies and match.doubts]

    @property
    def others(self) -> list[Match]:
        """What is not applied."""
        return [match for match in self.matches if not match.applies]

    @property
    def mark(self) -> str:
        """Mark what was shown, so that nothing else is applied."""
        return sha256(repr((self.carrier, self.matches)).encode()).hexdigest()[:24]


def plan_of(pairs: Sequence[Pair], carrier: str) -> Plan:
    """Hold a file's rows against what is owed and what has gone out. Nothing is written but what is owed."""
    keep_obligations()
    return _plan(db.session(), pairs, carrier)


def apply(pairs: Sequence[Pair], carrier: str, mark: str, by: int | None, *, doubtful: bool = False) -> int:
    """Apply what was shown, in one transaction; returns how many rows. What was applied before is left as it is.

    Raises Overtaken where a row means something else by now than when it was shown; nothing is applied then.
    """
    keep_obligations()
    with transaction() as session:
        found = _plan(session, pairs, carrier)
        _lock(session, found)
        plan = _plan(session, pairs, carrier)
        wanted = plan.sure + (plan.doubtful if doubtful else [])
        if not wanted:
            return 0
        if plan.mark != mark:
            raise Overtaken(carrier)
        _ship(session, [match for match in wanted if match.state == READY], carrier, by)
        _add(session, [match for match in wanted if match.state == ADDS], carrier)
        for batch, items in sorted(Counter(match.batch_id for match in wanted).items()):
            audit.record(session, by, "batch.track", "batch", batch, items=items, carrier=carrier)
        return len(wanted)


def _lock(session: Session, plan: Plan) -> None:
    """Lock batches first, then things, each in their order, as every act here does."""
    batches = {match.batch_id for match in plan.matches}
    session.execute(select(Batch.id).where(Batch.id.in_(batches)).order_by(Batch.id).with_for_update()).all()
    things(session, Obligation.id.in_({match.obligation_id for match in plan.matches}))


def _ship(session: Session, matches: Sequence[Match], carrier: str, by: int | None) -> None:
    numbers = {match.obligation_id: match.pair.number for match in matches}
    meant = things(session, Obligation.id.in_(numbers))
    ship(session, [replace(thing, number=numbers[thing.obligation.id]) for thing in meant], carrier, by)


def _add(session: Session, matches: Sequence[Match], carrier: str) -> None:
    numbers = {match.obligation_id: match.pair.number for match in matches}
    for shipment in session.scalars(select(Shipment).where(Shipment.obligation_id.in_(numbers), *LIVE)):
        shipment.carrier, shipment.tracking_number = carrier, numbers[shipment.obligation_id]


def _plan(session: Session, pairs: Sequence[Pair], carrier: str) -> Plan:
    owed = _owed(session, [pair.reference for pair in pairs])
    went = _went(session, [row[0].id for row in owed.values()])
    said: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        said[pair.reference] |= {pair.number} - {""}
    taken = _taken(session, pairs)
    matches, seen = [], set()
    for pair in pairs:
        match = _match(pair, owed.get(pair.reference), went, several=len(said[pair.reference]) > 1)
        if match.applies and (pair.reference, pair.number) in seen:
            match = replace(match, state="repeated")
        seen.add((pair.reference, pair.number))
        matches.append(replace(match, doubts=tuple(_doubts(pair, carrier, taken))) if match.applies else match)
    return Plan(carrier, matches)


def _match(pair: Pair, found: Any, went: dict[int, list[Shipment]], *, several: bool) -> Match:
    if not pair.number:
        return Match(pair, "no_number")
    if found is None:
        return Match(pair, "unknown")
    obligation, batch, reward = found
    match = Match(pair, "", reward, obligation.id, batch.id if batch else 0)
    if several:
        return replace(match, state="several")
    return replace(match, state=_state(pair, obligation, batch, went[obligation.id]))


def _state(pair: Pair, obligation: Obligation, batch: Batch | None, went: list[Shipment]) -> str:
    live = next((one for one in went if one.returned_at is None), None)
    if live:
        return {pair.number: "known", "": ADDS}.get(live.tracking_number, "other_number")
    if any(one.tracking_number == pair.number for one in went):
        return "came_back"
    if obligation.status == "void":
        return "void"
    return READY if batch and batch.status in LOCKED and batch.kind != MAIL else "unlocked"


def _doubts(pair: Pair, carrier: str, taken: dict[str, set[str]]) -> Iterator[str]:
    courier = couriers()[carrier]
    if not courier.has_shape(pair.number):
        yield "shape"
    elif not courier.is_sound(pair.number):
        yield "check_digit"
    if taken[pair.number] - {pair.reference}:
        yield "twice"


def _owed(session: Session, references: list[str]) -> dict[str, Any]:
    rows = (
        select(Pledge.reference, Obligation, Batch, Reward.code)
        .join(Obligation, Obligation.pledge_id == Pledge.id)
        .join(Reward, Reward.id == Obligation.reward_id)
        .outerjoin(Batch, Batch.id == Obligation.batch_id)
        .where(Pledge.reference.in_(references))
        .execution_options(populate_existing=True)
    )
    return {row[0]: tuple(row[1:]) for row in session.execute(rows)}


def _went(session: Session, obligations: list[int]) -> dict[int, list[Shipment]]:
    """Return what has gone out of each thing, what came back among it."""
    rows = select(Shipment).where(Shipment.obligation_id.in_(obligations), Shipment.undone_at.is_(None))
    went = defaultdict(list)
    for shipment in session.scalars(rows.execution_options(populate_existing=True)):
        went[shipment.obligation_id].append(shipment)
    return went


def _taken(session: Session, pairs: Sequence[Pair]) -> dict[str, set[str]]:
    """Return whose each number is: in this file, and among what has gone out."""
    rows = (
        select(Shipment.tracking_number, Pledge.reference)
        .join(Obligation, Obligation.id == Shipment.obligation_id)
        .join(Pledge, Pledge.id == Obligation.pledge_id)
        .where(Shipment.tracking_number.in_([pair.number for pair in pairs if pair.number]), *LIVE)
    )
    taken = defaultdict(set)
    for number, reference in (*session.execute(rows), *((pair.number, pair.reference) for pair in pairs)):
        taken[number].add(reference)
    return taken


def homes() -> Iterator[tuple[Home, str]]:
    """Yield the homes to which locked batches of a carrier that keeps no reference go, with the reference of each."""
    rows = (
        select(BatchItem.recipient, BatchItem.correction)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(Batch.kind == "clickpost", Batch.status.in_(LOCKED), BatchItem.removed_at.is_(None))
    )
    for recipient, correction in db.session.execute(rows):
        parcel = corrected(recipient or {}, correction)
        yield home_of(parcel["postal_code"], parcel["name"]), parcel["reference"]
