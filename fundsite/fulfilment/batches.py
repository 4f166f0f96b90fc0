"""The life of a batch: collected, announced to its supporters, locked, done; or dissolved before the lock."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fundsite.fulfilment.models import LOCKED, Batch, Obligation
from fundsite.pledges.models import Pledge


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
