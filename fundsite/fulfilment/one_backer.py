"""One supporter's pledge with everything that the shipping room knows of it. No money is moved from here."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from fundsite import audit
from fundsite.books.models import LedgerEntry
from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.fulfilment.backer_same import Alike, alike_to, same_as
from fundsite.fulfilment.models import Batch, Obligation, Shipment
from fundsite.mail import OutboxMail
from fundsite.pledges.models import Payment, Pledge, PledgeEvent
from fundsite.rewards.models import Reward
from fundsite.updates.audience import opened_reports
from fundsite.updates.models import Update

LONGEST_MEMO = 2_000
PLEDGE_MAILS, REPORT_MAIL = "pledge_%", "update_notice"


class NoSuchBacker(FundsiteError):
    """There is no pledge of that reference."""


@dataclass(frozen=True)
class BackerPage:
    """The whole page. `same` are the other pledges of this supporter, `alike` those that might be."""

    pledge: Pledge
    campaign: Campaign
    reward: Reward | None
    obligation: Obligation | None
    batch: Batch | None
    shipments: Sequence[Shipment]
    payments: Sequence[Payment]
    net: int
    mails: Sequence[OutboxMail]
    reports: Sequence[Update]
    history: Sequence[PledgeEvent]
    same: Sequence[Alike]
    alike: Sequence[Alike]


def backer_page(reference: str) -> BackerPage:
    """Compose the page; NoSuchBacker if there is none."""
    pledge = find(reference)
    owed = db.session.scalar(select(Obligation).where(Obligation.pledge_id == pledge.id))
    parcels = select(Shipment).where(Shipment.obligation_id == (owed.id if owed else 0)).order_by(Shipment.id)
    payments = select(Payment).where(Payment.pledge_id == pledge.id).order_by(Payment.id)
    history = select(PledgeEvent).where(PledgeEvent.pledge_id == pledge.id).order_by(PledgeEvent.id)
    net = select(func.sum(LedgerEntry.amount)).where(LedgerEntry.pledge_id == pledge.id)
    return BackerPage(
        pledge=pledge,
        campaign=db.session.get_one(Campaign, pledge.campaign_id),
        reward=db.session.get_one(Reward, pledge.reward_id) if pledge.reward_id else None,
        obligation=owed,
        batch=db.session.get(Batch, owed.batch_id) if owed and owed.batch_id else None,
        shipments=db.session.scalars(parcels).all(),
        payments=db.session.scalars(payments).all(),
        net=int(db.session.scalar(net) or 0),
        mails=_mails(pledge),
        reports=[update for update, _campaign in opened_reports(pledge)],
        history=db.session.scalars(history).all(),
        same=same_as(pledge.id),
        alike=alike_to(pledge.id),
    )


def find(reference: str) -> Pledge:
    """Return the pledge of a reference; NoSuchBacker otherwise."""
    found = db.session.scalar(select(Pledge).where(Pledge.reference == reference))
    if found is None:
        raise NoSuchBacker(reference)
    return found


def _mails(pledge: Pledge) -> Sequence[OutboxMail]:
    """Return the mails about this pledge, and those that told its supporter of the campaign's reports."""
    own = select(OutboxMail).where(OutboxMail.kind.like(PLEDGE_MAILS), OutboxMail.about == pledge.id)
    reports = select(Update.id).where(Update.campaign_id == pledge.campaign_id)
    told = select(OutboxMail).where(
        OutboxMail.kind == REPORT_MAIL, OutboxMail.about.in_(reports), OutboxMail.recipient == pledge.email
    )
    return sorted([*db.session.scalars(own), *db.session.scalars(told)], key=lambda mail: (mail.created_at, mail.id))


def write_memo(reference: str, memo: str, staff_id: int) -> None:
    """Keep a note of staff; NoSuchBacker if there is no such pledge. The same note again is no act."""
    with transaction() as session:
        pledge = session.scalar(select(Pledge).where(Pledge.reference == reference).with_for_update())
        if pledge is None:
            raise NoSuchBacker(reference)
        if pledge.memo != memo:
            pledge.memo = memo
            audit.record(session, staff_id, "pledge.memo", "pledge", reference)
