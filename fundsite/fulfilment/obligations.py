"""What is owed, kept in step with the pledges: each reward whose money is here is one thing owed."""

from datetime import date
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Insert, ScalarSelect, Update, exists, func, literal, or_, select
from sqlalchemy import update as updating
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.db import Moment, db, inserting, release, transaction
from fundsite.fulfilment.models import Batch, BatchItem, Obligation
from fundsite.pledges.models import Pledge
from fundsite.rewards.models import Reward, RewardPromise

if TYPE_CHECKING:
    from sqlalchemy.engine import CursorResult

# Those whose money is here, a bank's question about it included, and those whose money went back whole. What a monthly
# supporter was owed before a month stayed unpaid, or before they stopped, stays owed.
HERE = ("paid", "disputed", "active")
GONE = ("refunded", "charged_back", "refund_due")
UNLOCKED = ("open", "announced")


def keep_obligations() -> int:
    """Write down what is owed now and void what is not any more; returns how many rows were changed.

    Run twice it changes nothing, and two at once write each row once. What is void leaves a batch that is not locked;
    from a locked one staff take it out, for the parcel may be packed. Nothing is written where nothing is to be done.
    """
    waiting = select(or_(*map(exists, (_missing(), _gone(), _back(), _void_in_a_batch()))))
    found = db.session.scalar(waiting)
    release()
    if not found:
        return 0
    with transaction() as session:
        changed = _run(session, _adding(session))
        changed += _run(session, _turning(_gone(), "void"))
        changed += _run(session, _turning(_back(), "owed"))
        _out_of_unlocked_batches(session)
    return changed


def _missing() -> Any:
    """Select the pledges whose reward is owed and not written down."""
    known = select(Obligation.id).where(Obligation.pledge_id == Pledge.id).exists()
    return select(Pledge.id).where(Pledge.status.in_(HERE), Pledge.reward_id.is_not(None), ~known)


def _gone() -> Any:
    return _pledged("owed", GONE)


def _back() -> Any:
    return _pledged("void", HERE)


def _pledged(status: str, pledges: tuple[str, ...]) -> Any:
    pledged = Pledge.id == Obligation.pledge_id
    return select(Obligation.id).join(Pledge, pledged).where(Obligation.status == status, Pledge.status.in_(pledges))


def _void_in_a_batch() -> Any:
    rows = select(Batch.id).join(Obligation, Obligation.batch_id == Batch.id)
    return rows.where(Obligation.status == "void", Batch.status.in_(UNLOCKED))


def promised_month() -> ColumnElement[date | None]:
    """Name the month that was promised when a pledge was made: the reward may have changed it since."""
    first: ScalarSelect[date | None] = (
        select(RewardPromise.fulfilment_month)
        .where(RewardPromise.reward_id == Pledge.reward_id, RewardPromise.replaced_at > Pledge.created_at)
        .order_by(RewardPromise.id)
        .limit(1)
        .correlate(Pledge)
        .scalar_subquery()
    )
    return func.coalesce(first, Reward.fulfilment_month)


def _adding(session: Session) -> Insert:
    now = literal(clock.now(), Moment())
    rows = select(Pledge.id, Pledge.reward_id, Pledge.quantity, promised_month(), literal("owed"), now)
    rows = rows.join(Reward, Reward.id == Pledge.reward_id).where(Pledge.id.in_(_missing()))
    columns = ["pledge_id", "reward_id", "quantity", "due_month", "status", "created_at"]
    return inserting(session, Obligation).from_select(columns, rows.order_by(Pledge.id)).on_conflict_do_nothing()


def _turning(rows: Any, status: str) -> Update:
    return updating(Obligation).where(Obligation.id.in_(rows)).values(status=status)


def _out_of_unlocked_batches(session: Session) -> None:
    """The batches are locked first, so that none is closed by staff at this moment."""
    batches = session.scalars(select(Batch.id).where(Batch.id.in_(_void_in_a_batch())).with_for_update()).all()
    if not batches:
        return
    void = (Obligation.status == "void", Obligation.batch_id.in_(batches))
    unlocked = select(Batch.id).where(Batch.id.in_(batches), Batch.status.in_(UNLOCKED))
    _run(session, updating(Obligation).where(*void, Obligation.batch_id.in_(unlocked)).values(batch_id=None))
    _run(session, strays(unlocked))


def strays(batches: Any) -> Update:
    """Strike out of these batches the items whose thing is not in them any more.

    Their rows stay: a mail that announced one bears its number, which must not be given to another.
    """
    inside = select(Obligation.id).where(
        Obligation.id == BatchItem.obligation_id, Obligation.batch_id == BatchItem.batch_id
    )
    left = (BatchItem.batch_id.in_(batches), BatchItem.removed_at.is_(None), ~inside.exists())
    return updating(BatchItem).where(*left).values(removed_at=clock.now())


def _run(session: Session, statement: Insert | Update) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[object]", done).rowcount
