"""Erasing what is kept of one person, and of those whose parcel arrived long ago.

Amounts, dates, payments, refunds and receipts stay: the books and tax law need them.
"""

from typing import Any

from sqlalchemy import Text, cast, delete, func, select, update
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.db import transaction
from fundsite.errors import FundsiteError
from fundsite.fulfilment.models import BatchItem, Obligation
from fundsite.mail import OutboxMail
from fundsite.mail.suppression import Suppression
from fundsite.pledges import lifecycle
from fundsite.pledges.models import CommentState, Pledge, Refund
from fundsite.receipts.models import Addressee
from fundsite.supporters.lost_links import new_link
from fundsite.supporters.models import DataRequest, LinkRequest
from fundsite.updates.following import Follower, FollowRequest

HOME: dict[str, Any] = dict.fromkeys(("phone", "postal_code", "region", "city", "line1", "line2"), "")
PERSON: dict[str, Any] = {
    **HOME,
    **dict.fromkeys(("name", "kana", "email", "country", "comment", "display_name", "memo"), ""),
    "answers": [],
    "anonymous": True,
    "newsletter": False,
    "voucher": None,
}
GOODS = frozenset({"reference", "reward", "title", "quantity"})  # what a copy for a parcel says of no person
# Those in which neither money nor a promise is on its way.
FINISHED = frozenset({"paid", "expired", "canceled", "uncharged", "ended", "refunded", "charged_back"})


class StillNeeded(FundsiteError):
    """What is kept is still needed: `unfinished` for money on its way, `owed` for a parcel that is not sent."""


def why_needed(session: Session, pledge: Pledge) -> str:
    """Return why a pledge's data cannot be erased yet: unfinished or owed; empty where they can."""
    refund = select(Refund.id).where(Refund.pledge_id == pledge.id, Refund.status.in_(("due", "pending")))
    if pledge.status not in FINISHED or session.scalar(refund.limit(1)) is not None:
        return "unfinished"
    owed = session.scalar(select(Obligation.status).where(Obligation.pledge_id == pledge.id))
    awaited = owed is None and pledge.reward_id is not None and pledge.counted
    return "owed" if awaited or owed == "owed" else ""


def erase_person(pledge_id: int, staff_id: int) -> None:
    """Erase what is personal in a pledge and hangs on it; its link opens nothing any more. Raises StillNeeded.

    Mails and following that belong to the address go with its last pledge. Safe to call twice.
    """
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        if pledge.erased_at is not None:
            return
        if reason := why_needed(session, pledge):
            raise StillNeeded(reason)
        email = pledge.email
        for name, value in PERSON.items():
            setattr(pledge, name, value)
        pledge.erased_at = clock.now()
        new_link(pledge)
        session.flush()
        blank_recipients(session, [pledge_id])
        # Receipts that were issued stay as they are; to whom the next would be made out is forgotten.
        session.execute(delete(Addressee).where(Addressee.pledge_id == pledge_id))
        session.execute(delete(CommentState).where(CommentState.pledge_id == pledge_id))
        _settle_requests(session, pledge_id, staff_id)
        _erase_address(session, email)
        audit.record(session, staff_id, "personal_data.erased", "pledge", pledge_id)


def _settle_requests(session: Session, pledge_id: int, staff_id: int) -> None:
    mine = update(DataRequest).where(DataRequest.pledge_id == pledge_id)
    session.execute(mine.where(DataRequest.done_at.is_(None)).values(done_at=clock.now(), done_by=staff_id))
    session.execute(mine.values(message=""))


def blank_recipients(session: Session, pledge_ids: list[int]) -> None:
    """Empty the copies of names and addresses that batches kept at their lock."""
    owed = select(Obligation.id).where(Obligation.pledge_id.in_(pledge_ids))
    for item in session.scalars(select(BatchItem).where(BatchItem.obligation_id.in_(owed))):
        item.recipient, item.correction = _blank(item.recipient), None


def _blank(kept: dict[str, Any] | None) -> dict[str, Any] | None:
    """Keep the shape, so that whoever reads it finds what they look for, and nothing in it."""
    if kept is None:
        return None
    return {name: value if name in GOODS else type(value)() for name, value in kept.items()}


def _erase_address(session: Session, email: str) -> None:
    """Forget an address that no pledge bears any more."""
    address = email.lower()
    others = select(Pledge.id).where(func.lower(Pledge.email) == address)
    if not address or session.scalar(others.limit(1)) is not None:
        return
    for table in (Follower, FollowRequest, LinkRequest, Suppression):
        session.execute(delete(table).where(func.lower(table.email) == address))
    mine = update(OutboxMail).where(func.lower(OutboxMail.recipient) == address)
    mine = mine.execution_options(synchronize_session=False)
    session.execute(mine.where(OutboxMail.status.in_(("queued", "held"))).values(status="skipped"))
    session.execute(mine.values(recipient="erased-" + cast(OutboxMail.id, Text), last_error=None))
