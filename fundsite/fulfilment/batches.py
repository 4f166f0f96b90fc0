"""The life of a batch: collected, announced to its supporters, locked, done; or dissolved before the lock.

Each act locks the batch's row first. A thing is in one batch at most because its row names it (`obligation.batch_id`),
and it gets there only where it names none.
"""

from datetime import date, timedelta

from sqlalchemy import Select, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fundsite import audit, clock, mail
from fundsite.db import JsonObject, db, transaction
from fundsite.fulfilment.errors import NoSuchBatch, NothingOwed, StillOpen, TooEarly, WrongStep
from fundsite.fulfilment.models import LOCKED, Batch, BatchItem, Obligation
from fundsite.fulfilment.obligations import GONE, UNLOCKED, keep_obligations, strays
from fundsite.fulfilment.owed import Choice, chosen
from fundsite.fulfilment.recipients import recipient_of
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward

LAST_CALL = "address_last_call"
HOURS = 48


def address_locked(session: Session, pledge_id: int) -> bool:
    """Whether a pledge's address and answers stay as they are: its thing is in a locked batch, or went out.

    Ask within the transaction that changes them. The pledge's row is locked first, as a batch's lock does before it
    copies the addresses: either the change stands in the copy, or it is refused here.
    """
    session.execute(select(Pledge.id).where(Pledge.id == pledge_id).with_for_update(key_share=True))
    held = (
        select(Obligation.id)
        .outerjoin(Batch, Batch.id == Obligation.batch_id)
        .where(Obligation.pledge_id == pledge_id)
        .where(or_(Obligation.status == "shipped", Batch.status.in_(LOCKED)))
    )
    return session.scalar(held) is not None


def open_batch(
    attempt: str,
    choice: Choice,
    title: str,
    *,
    contents: str = "",
    ship_on: date | None = None,
    sender: JsonObject | None = None,
    by: int | None = None,
) -> int:
    """Collect what a choice means into a new batch; returns its number. The same attempt twice is one batch.

    Raises NothingOwed. What another batch takes at this moment is in one of the two.
    """
    keep_obligations()
    known = select(Batch.id).where(Batch.attempt == attempt)
    said = {"title": title, "contents": contents, "ship_on": ship_on, "sender": sender or {}}
    try:
        with transaction() as session:
            return session.scalar(known) or _collect(session, attempt, choice, said, by)
    except IntegrityError:  # the other of two clicks was faster
        found = db.session.scalar(known)
        if found is None:
            raise
        return found


def _collect(session: Session, attempt: str, choice: Choice, said: JsonObject, by: int | None) -> int:
    batch = Batch(
        campaign_id=choice.campaign_id, attempt=attempt, kind=choice.kind, created_at=clock.now(), created_by=by, **said
    )
    session.add(batch)
    session.flush()
    free = (Obligation.batch_id.is_(None), Obligation.status == "owed")
    taking = update(Obligation).where(Obligation.id.in_(chosen(choice)), *free).values(batch_id=batch.id)
    session.execute(taking.execution_options(synchronize_session=False))
    inside = select(Obligation.batch_id, Obligation.id).where(Obligation.batch_id == batch.id)
    session.execute(insert(BatchItem).from_select(["batch_id", "obligation_id"], inside.order_by(Obligation.id)))
    items = count_items(session, batch.id)
    if not items:
        raise NothingOwed(batch.title)
    audit.record(session, by, "batch.open", "batch", batch.id, kind=batch.kind, items=items)
    return batch.id


def count_items(session: Session, batch_id: int) -> int:
    """Count what is in a batch."""
    inside = select(func.count()).where(BatchItem.batch_id == batch_id, BatchItem.removed_at.is_(None))
    return session.scalar(inside) or 0


def announce_batch(batch_id: int, by: int | None, hours: int = HOURS) -> int:
    """Tell everybody in an open batch that their address can be corrected for so long; returns how many mails.

    Once for a batch and pledge: the batch is announced then. Raises WrongStep, also for what goes out by mail.
    """
    with transaction() as session:
        batch = held_batch(session, batch_id, ("open",))
        if batch.kind == "mail":
            raise WrongStep(batch.title)
        batch.status, batch.announced_at = "announced", clock.now()
        batch.corrections_until = batch.announced_at + timedelta(hours=hours)
        people = (
            select(BatchItem.id, Pledge.email, Pledge.locale)
            .join(Obligation, Obligation.id == BatchItem.obligation_id)
            .join(Pledge, Pledge.id == Obligation.pledge_id)
            .where(BatchItem.batch_id == batch.id, BatchItem.removed_at.is_(None), Pledge.email != "")
        )
        rows = session.execute(people.order_by(BatchItem.id)).all()
        for item_id, email, locale in rows:
            mail.announce(session, LAST_CALL, item_id, email, locale)
        audit.record(session, by, "batch.announce", "batch", batch.id, mails=len(rows), hours=hours)
        return len(rows)


def lock_batch(batch_id: int, by: int | None) -> int:
    """Keep for whom each thing is, in a fixed order; from now on no supporter changes it. Returns how many there are.

    What was given back by now is left out. Raises WrongStep, TooEarly while supporters may still correct what they
    were asked about, and NothingOwed where nothing is left.
    """
    keep_obligations()
    with transaction() as session:
        batch = held_batch(session, batch_id, UNLOCKED)
        if batch.status == "announced" and batch.corrections_until and clock.now() < batch.corrections_until:
            raise TooEarly(batch.title)
        kept = _keep_recipients(session, batch.id)
        if not kept:
            raise NothingOwed(batch.title)
        batch.status, batch.locked_at = "locked", clock.now()
        audit.record(session, by, "batch.lock", "batch", batch.id, items=kept)
        return kept


def _keep_recipients(session: Session, batch_id: int) -> int:
    """The pledges are locked before they are read, so that no change of an address is lost between."""
    _lock_pledges(session, batch_id)
    position = 0
    for item, obligation, pledge, reward in session.execute(members(batch_id)):
        if obligation.status != "owed" or pledge.status in GONE:
            obligation.batch_id, item.removed_at = None, clock.now()
            continue
        position += 1
        item.position, item.recipient = position, recipient_of(pledge, reward, obligation)
    session.flush()
    return position


def _lock_pledges(session: Session, batch_id: int) -> None:
    pledges = select(Obligation.pledge_id).where(Obligation.batch_id == batch_id)
    rows = select(Pledge.id).where(Pledge.id.in_(pledges)).order_by(Pledge.id).with_for_update(key_share=True)
    session.execute(rows).all()


def members(batch_id: int) -> Select[BatchItem, Obligation, Pledge, Reward]:
    """Select what is in a batch with all that belongs to it, in the order in which it is packed."""
    return (
        select(BatchItem, Obligation, Pledge, Reward)
        .join(Obligation, Obligation.id == BatchItem.obligation_id)
        .join(Pledge, Pledge.id == Obligation.pledge_id)
        .join(Reward, Reward.id == Obligation.reward_id)
        .where(BatchItem.batch_id == batch_id, BatchItem.removed_at.is_(None))
        .order_by(Reward.position, Obligation.id)
        .execution_options(populate_existing=True)
    )


def dissolve_batch(batch_id: int, by: int | None) -> None:
    """Give up a batch that is not locked; its things are owed as before, and can go out with another. WrongStep."""
    with transaction() as session:
        batch = held_batch(session, batch_id, UNLOCKED)
        batch.status = "dissolved"
        session.flush()
        freed = update(Obligation).where(Obligation.batch_id == batch.id).values(batch_id=None)
        session.execute(freed.execution_options(synchronize_session=False))
        session.execute(strays([batch.id]).execution_options(synchronize_session=False))
        audit.record(session, by, "batch.dissolve", "batch", batch.id)


def take_out(batch_id: int, item_id: int, by: int | None) -> None:
    """Take one thing out of a batch that is not done; it is owed as before, and the others keep their order.

    It is struck out, so that its place in a locked batch stays empty. Raises WrongStep, also for what went out
    already, and NoSuchBatch.
    """
    with transaction() as session:
        batch = held_batch(session, batch_id, (*UNLOCKED, "locked"))
        item, obligation = held_item(session, batch.id, item_id)
        if obligation.status == "shipped":
            raise WrongStep(batch.title)
        obligation.batch_id, item.removed_at = None, clock.now()
        audit.record(session, by, "batch.take_out", "batch", batch.id, obligation=obligation.id)


def finish_batch(batch_id: int, by: int | None) -> None:
    """Close a locked batch of which everything has gone out. Raises WrongStep, and StillOpen with how much has not."""
    with transaction() as session:
        batch = held_batch(session, batch_id, ("locked",))
        left = select(func.count()).where(Obligation.batch_id == batch.id, Obligation.status != "shipped")
        if waiting := session.scalar(left):
            raise StillOpen(str(waiting))
        batch.status, batch.done_at = "done", clock.now()
        audit.record(session, by, "batch.finish", "batch", batch.id)


def held_item(session: Session, batch_id: int, item_id: int) -> tuple[BatchItem, Obligation]:
    """Return an item of a batch with its thing, locked; NoSuchBatch where it is not in there (any more)."""
    rows = (
        select(BatchItem, Obligation)
        .join(Obligation, Obligation.id == BatchItem.obligation_id)
        .where(BatchItem.id == item_id, BatchItem.batch_id == batch_id, BatchItem.removed_at.is_(None))
        .where(Obligation.batch_id == batch_id)
        .with_for_update()
    )
    found = session.execute(rows).one_or_none()
    if found is None:
        raise NoSuchBatch(str(item_id))
    return found[0], found[1]


def held_batch(session: Session, batch_id: int, steps: tuple[str, ...]) -> Batch:
    """Return a batch, locked, at one of these steps; NoSuchBatch or WrongStep otherwise."""
    batch = session.scalar(select(Batch).where(Batch.id == batch_id).with_for_update())
    if batch is None:
        raise NoSuchBatch(str(batch_id))
    if batch.status not in steps:
        raise WrongStep(batch.title)
    return batch
