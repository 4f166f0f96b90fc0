"""Receipts in bulk: staff ask for a run, the worker issues one receipt after the other.

A run that is cut off goes on where it stood; what it issued already is not issued again, for its money stands on a
receipt. Two workers at one run get in each other's way and do nothing twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.db import db, release, transaction
from fundsite.pledges.models import Pledge
from fundsite.receipts.drafts import NOTHING, Draft, Wanted, compose
from fundsite.receipts.models import SUPPORTER, ReceiptRun
from fundsite.receipts.received import came_within
from fundsite.receipts.service import NotReady, issue

CHUNK = 100
SHOWN = 200  # of what is in the way, a page names so many


@dataclass(frozen=True)
class RunOrder:
    """What a run issues: receipts of a kind, per pledge or supporter, for money that came within days."""

    kind: str
    per: str
    from_on: date
    to_on: date
    campaign_id: int | None = None
    sends_mail: bool = False


@dataclass(frozen=True)
class RunPreview:
    """What a run would issue, and whose receipt lacks something."""

    count: int
    total: int
    in_the_way: list[Draft]
    left_out: int


def preview_run(order: RunOrder) -> RunPreview:
    """Look through what a run would do; nothing is kept."""
    count = total = left_out = 0
    in_the_way: list[Draft] = []
    for draft in _drafts(db.session(), order):
        if not draft.problems:
            count, total = count + 1, total + draft.total
        else:
            left_out += 1
            in_the_way += [draft] if len(in_the_way) < SHOWN else []
    return RunPreview(count, total, in_the_way, left_out)


def _drafts(session: Session, order: RunOrder) -> Iterator[Draft]:
    after = 0
    while pledges := _candidates(session, order, after):
        for pledge_id in pledges:
            draft = compose(session, _wanted(order, pledge_id))
            if draft.lines and _is_the_one(draft, pledge_id):
                yield draft
        after = pledges[-1]
        session.expunge_all()


def _is_the_one(draft: Draft, pledge_id: int) -> bool:
    """Whether a supporter's receipt is asked for by the first of the pledges on it: the others ask for the same."""
    return pledge_id == min(line.pledge_id for line in draft.lines)


def _candidates(session: Session, order: RunOrder, after: int) -> list[int]:
    rows = select(Pledge.id).where(Pledge.id > after, Pledge.id.in_(came_within(order.from_on, order.to_on)))
    if order.campaign_id is not None:
        rows = rows.where(Pledge.campaign_id == order.campaign_id)
    return list(session.scalars(rows.order_by(Pledge.id).limit(CHUNK)))


def _wanted(order: RunOrder, pledge_id: int, run_id: int | None = None) -> Wanted:
    return Wanted(
        pledge_id=pledge_id,
        kind=order.kind,
        from_on=order.from_on,
        to_on=order.to_on,
        per=order.per,
        campaign_id=order.campaign_id,
        sends_mail=order.sends_mail,
        run_id=run_id,
    )


def ask_for_run(order: RunOrder, attempt: str, staff_id: int) -> int:
    """Ask for a run and return its number; the same attempt is one run."""
    try:
        with transaction() as session:
            run = ReceiptRun(attempt=attempt, asked_by=staff_id, asked_at=clock.now(), **vars(order))
            session.add(run)
            session.flush()
            audit.record(session, staff_id, "receipt_run.asked", "receipt_run", run.id, kind=order.kind, per=order.per)
            return run.id
    except IntegrityError:
        return db.session.scalars(select(ReceiptRun.id).where(ReceiptRun.attempt == attempt)).one()


def find_run(run_id: int) -> ReceiptRun | None:
    """Return a run."""
    return db.session.get(ReceiptRun, run_id)


def latest_runs(count: int = 20) -> list[ReceiptRun]:
    """Return the runs that were asked for last."""
    return list(db.session.scalars(select(ReceiptRun).order_by(ReceiptRun.id.desc()).limit(count)))


def issue_asked() -> None:
    """Do what is asked for: the worker's part. Each receipt is a transaction of its own."""
    open_runs = select(ReceiptRun.id).where(ReceiptRun.done_at.is_(None)).order_by(ReceiptRun.id)
    for run_id in list(db.session.scalars(open_runs)):
        _go_on(run_id)


def _go_on(run_id: int) -> None:
    run = db.session.get_one(ReceiptRun, run_id)
    order = RunOrder(run.kind, run.per, run.from_on, run.to_on, run.campaign_id, run.sends_mail)
    staff_id, after = run.asked_by, run.after_id
    while pledges := _candidates(db.session(), order, after):
        for pledge_id in pledges:
            _note(run_id, pledge_id, _one(_wanted(order, pledge_id, run_id), staff_id))
        after = pledges[-1]
    release()
    with transaction() as session:
        session.execute(
            update(ReceiptRun).where(ReceiptRun.id == run_id, ReceiptRun.done_at.is_(None)).values(done_at=clock.now())
        )


def _one(wanted: Wanted, staff_id: int) -> int:
    """Issue one receipt; return 1 if something is in the way of it."""
    draft = compose(db.session(), wanted)
    first = bool(draft.lines) and (wanted.per != SUPPORTER or _is_the_one(draft, wanted.pledge_id))
    release()
    if not first:
        return 0
    try:
        issue(wanted, staff_id)
    except NotReady as error:
        return int(NOTHING not in error.problems)
    return 0


def _note(run_id: int, pledge_id: int, left_out: int) -> None:
    with transaction() as session:
        session.execute(
            update(ReceiptRun)
            .where(ReceiptRun.id == run_id, ReceiptRun.after_id < pledge_id)
            .values(after_id=pledge_id, left_out=ReceiptRun.left_out + left_out)
        )
