"""The words of the shipping room's mails, found when they are sent."""

from sqlalchemy import select

from fundsite.db import db
from fundsite.fulfilment.batches import LAST_CALL
from fundsite.fulfilment.models import Batch, BatchItem, Obligation
from fundsite.mail import Letter, Writer
from fundsite.pledges.letters import pledge_letter


def _last_call(item_id: int) -> Letter | None:
    """Ask for a look at the address; nothing where the thing has left the batch, or the batch is locked by now."""
    rows = (
        select(Obligation.pledge_id, Batch)
        .join(BatchItem, BatchItem.obligation_id == Obligation.id)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(BatchItem.id == item_id, BatchItem.removed_at.is_(None), Obligation.status == "owed")
    )
    found = db.session.execute(rows.where(Batch.status == "announced")).one_or_none()
    if found is None:
        return None
    pledge_id, batch = found
    return pledge_letter(LAST_CALL, pledge_id, until=batch.corrections_until, ship_on=batch.ship_on)


WRITERS: dict[str, Writer] = {LAST_CALL: _last_call}
