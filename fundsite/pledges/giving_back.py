"""What staff do about a refund that did not go through: try again, give it back another way, or keep the money.

A refund that came to nothing stays as it is, with a note; what follows is a row of its own.
"""

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.pledges import lifecycle
from fundsite.pledges.models import Pledge, Refund
from fundsite.pledges.money_back import act_on_refund, again, handed_over, request_refund, tell

HAS_ENDED = ("refunded", "charged_back")  # whose piece may be free again, if staff say so


class AlreadySettled(FundsiteError):
    """The refund came through, or somebody else has looked after it meanwhile; nothing was changed."""


class NothingLeft(FundsiteError):
    """The reward is sold out by now: the money cannot be kept for it."""


def wanting() -> ColumnElement[bool]:
    """Select the refunds that staff must look after: refused by Stripe or come back, and nothing was done about it."""
    refused = and_(Refund.status == "due", Refund.problem != "")
    return or_(refused, and_(Refund.status == "failed", Refund.note == ""))


def give_back(
    pledge_id: int, amount: int, reason: str, attempt: str, *, returns_stock: bool, tells: bool, by: int
) -> None:
    """Give `amount` back and tell the supporter why. The same attempt twice is one refund; see `request_refund`.

    Stripe is asked at once; where it is away, the worker asks. `tells` is for money that did not come through Stripe.
    """
    with transaction() as session:
        known = session.scalar(select(Refund.id).where(Refund.attempt == attempt))
        refund = request_refund(session, pledge_id, amount, reason, returns_stock=returns_stock, by=by, attempt=attempt)
        if refund.payment_id is None and tells:
            tell(session, session.get_one(Pledge, pledge_id), refund)
        if known is None:
            audit.record(session, by, "refund.asked", "pledge", pledge_id, amount=amount, stock=returns_stock)
        number = refund.id
    act_on_refund(number)


def try_again(refund_id: int, by: int) -> None:
    """Ask Stripe once more; a refund that failed for good is asked for anew. Raises AlreadySettled."""
    with transaction() as session:
        refund = _wanting(session, refund_id)
        if refund.status == "failed":
            refund = again(session, refund)
        refund.next_try_at, refund.problem = None, ""
        number = refund.id
        audit.record(session, by, "refund.tried_again", "pledge", refund.pledge_id, refund=number)
    act_on_refund(number)


def gave_otherwise(refund_id: int, note: str, by: int) -> None:
    """Note that staff gave the money back another way, which ends the refund. Raises AlreadySettled."""
    with transaction() as session:
        refund = _wanting(session, refund_id)
        _close(refund, note)
        given = again(session, refund)
        given.requested_by, given.note = by, note
        pledge = session.get_one(Pledge, refund.pledge_id)
        handed_over(session, pledge, given)
        tell(session, pledge, given)
        audit.record(session, by, "refund.given_otherwise", "pledge", refund.pledge_id, amount=refund.amount)


def give_up(refund_id: int, note: str, by: int) -> None:
    """Note that the money stays: a pledge that waited for it is paid again, with its reward.

    Raises AlreadySettled, and NothingLeft where the reward is sold out.
    """
    with transaction() as session:
        refund = _wanting(session, refund_id)
        pledge = session.get_one(Pledge, refund.pledge_id)
        _close(refund, note)
        if pledge.status == "refund_due":
            if not lifecycle.take_stock(session, pledge):
                raise NothingLeft(pledge.reference)
            lifecycle.move(session, pledge, "paid", f"staff:kept:{refund.id}", clock.now())
        audit.record(session, by, "refund.given_up", "pledge", pledge.id, amount=refund.amount)


def give_stock_back(pledge_id: int, by: int) -> None:
    """Let others choose what a pledge still holds whose money has gone back. Nothing happens where it holds nothing."""
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        if pledge.status in HAS_ENDED and pledge.holds_stock:
            lifecycle.give_stock_back(session, pledge)
            audit.record(session, by, "pledge.stock_returned", "pledge", pledge.id, quantity=pledge.quantity)


def wanting_ids(pledge_id: int) -> set[int]:
    """Return which of a pledge's refunds staff must look after."""
    return set(db.session.scalars(select(Refund.id).where(Refund.pledge_id == pledge_id, wanting())))


def _wanting(session: Session, refund_id: int) -> Refund:
    """Return a refund that must be looked after, its pledge locked."""
    pledge_id = session.scalar(select(Refund.pledge_id).where(Refund.id == refund_id))
    if pledge_id is None:
        raise AlreadySettled(str(refund_id))
    lifecycle.locked(session, pledge_id)
    found = session.scalar(select(Refund).where(Refund.id == refund_id, wanting()))
    if found is None:
        raise AlreadySettled(str(refund_id))
    return found


def _close(refund: Refund, note: str) -> None:
    refund.status, refund.note, refund.next_try_at = "failed", note, None
