"""Mails to supporters that could not be delivered, found by the pledge that each is about."""

from sqlalchemy import and_, func, or_, select

from fundsite.db import db
from fundsite.mail import OutboxMail
from fundsite.pledges.letters import WRITERS
from fundsite.pledges.models import Payment, Pledge, Refund
from fundsite.pledges.transfers.models import TransferReturn

# By the kinds of mails: of which rows, and of whose pledges, their numbers are. The other kinds are about pledges.
ABOUT = {
    "pledge_refunded": (Refund.id, Refund.pledge_id),
    "pledge_past_due": (Payment.id, Payment.pledge_id),
    "transfer_returned": (TransferReturn.id, TransferReturn.pledge_id),
}


def undelivered(campaign_id: int) -> int:
    """Count the mails to a campaign's supporters that failed for good."""
    pledges = select(Pledge.id).where(Pledge.campaign_id == campaign_id)
    theirs = [and_(OutboxMail.kind.in_(WRITERS.keys() - ABOUT.keys()), OutboxMail.about.in_(pledges))]
    for kind, (row_id, pledge_id) in ABOUT.items():
        rows = select(row_id).where(pledge_id.in_(pledges))
        theirs.append(and_(OutboxMail.kind == kind, OutboxMail.about.in_(rows)))
    failed = select(func.count()).select_from(OutboxMail).where(OutboxMail.status == "failed", or_(*theirs))
    return db.session.scalar(failed) or 0
