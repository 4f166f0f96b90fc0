"""What a batch's page says of its going out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from fundsite.db import db
from fundsite.fulfilment.couriers import MAIL
from fundsite.fulfilment.models import Batch, BatchItem, BatchText, Obligation
from fundsite.fulfilment.reward_mail import text_of_batch
from fundsite.fulfilment.shipping import Recording, recordings
from fundsite.pledges.models import Pledge


@dataclass(frozen=True)
class GoingOut:
    """How much is in a batch, how much of it waits, how much staff must take out, and what was recorded."""

    items: int
    owed: int
    unreachable: int  # of those that wait: no address for a mail is known
    void: int
    recordings: Sequence[Recording]
    written: BatchText | None

    @property
    def left(self) -> int:
        """How much keeps the batch from being done."""
        return self.owed + self.void


def going_out(batch: Batch) -> GoingOut:
    """Return how far a batch is."""
    counts = (
        func.count(),
        func.count().filter(Obligation.status == "owed"),
        func.count().filter(Obligation.status == "owed", Pledge.email == ""),
        func.count().filter(Obligation.status == "void"),
    )
    rows = (
        select(*counts)
        .select_from(BatchItem)
        .join(Obligation, (Obligation.id == BatchItem.obligation_id) & (Obligation.batch_id == BatchItem.batch_id))
        .join(Pledge, Pledge.id == Obligation.pledge_id)
        .where(BatchItem.batch_id == batch.id, BatchItem.removed_at.is_(None))
    )
    written = text_of_batch(batch.id) if batch.kind == MAIL else None
    return GoingOut(*db.session.execute(rows).one(), recordings(batch.id), written)
