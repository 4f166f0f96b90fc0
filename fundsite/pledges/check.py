"""Recounting every kept figure from the rows it stands for."""

from collections.abc import Iterator

from sqlalchemy import and_, case, false, func, select, true

from fundsite.books.models import LedgerEntry
from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.mail import OutboxMail
from fundsite.pledges.lifecycle import MOVES
from fundsite.pledges.models import COUNTED, Payment, Pledge, PledgeEvent, Refund
from fundsite.pledges.monthly.check import monthly_differences
from fundsite.rewards.models import Reward

# Those who must hold what they chose, and those who may: after a refund staff say whether the piece is free again.
HOLDING = ("pending", "waiting", "declined", *COUNTED)
MAY_HOLD = ("refund_due", "refunded", "charged_back")
BACK = ("refund", "refund_failed", "offline_refund")


def differences() -> list[str]:
    """Return each difference in one line; an empty list means that the books are right."""
    kept = (_campaigns(), _rewards(), _holds(), _histories(), _moves(), _mails(), _promises())
    money = (_ledger(), _offline(), _amounts(), _kept(), _refunds(), _awaited(), monthly_differences())
    return [line for lines in (*kept, *money) for line in lines]


def _campaigns() -> Iterator[str]:
    kept = Pledge.total - Pledge.refunded
    rows = db.session.execute(
        select(
            Campaign.slug,
            Campaign.raised,
            Campaign.backers,
            Campaign.raised_offline,
            func.coalesce(func.sum(kept), 0),
            func.count(Pledge.id),
            func.coalesce(func.sum(case((Pledge.source != "online", kept), else_=0)), 0),
        )
        .outerjoin(Pledge, and_(Pledge.campaign_id == Campaign.id, Pledge.counted.is_(True)))
        .group_by(Campaign.id)
        .order_by(Campaign.slug)
    )
    for slug, raised, backers, offline, total, count, counted_offline in rows:
        if raised != total:
            yield f"campaign {slug}: raised says {raised}, its pledges add up to {total}"
        if backers != count:
            yield f"campaign {slug}: backers says {backers}, {count} pledges count"
        if offline != counted_offline:
            yield f"campaign {slug}: raised_offline says {offline}, its pledges add up to {counted_offline}"


def _rewards() -> Iterator[str]:
    columns = ((Pledge.counted, Reward.pledged, "pledged"), (Pledge.holds_stock, Reward.claimed, "claimed"))
    for condition, column, what in columns:
        counted = func.coalesce(func.sum(Pledge.quantity), 0)
        rows = db.session.execute(
            select(Campaign.slug, Reward.code, column, counted)
            .join(Campaign, Campaign.id == Reward.campaign_id)
            .outerjoin(Pledge, and_(Pledge.reward_id == Reward.id, condition.is_(True)))
            .group_by(Reward.id, Campaign.slug)
            .having(column != counted)
        )
        for slug, code, kept, found in rows:
            yield f"reward {slug}/{code}: {what} says {kept}, pledges add up to {found}"


def _holds() -> Iterator[str]:
    """Whoever must hold stock says so: it is what gives the stock back, once."""
    must = and_(Pledge.status.in_(HOLDING), Pledge.reward_id.is_not(None))
    for reference, holds in db.session.execute(
        select(Pledge.reference, Pledge.holds_stock)
        .where(case((must, true()), else_=false()) != Pledge.holds_stock)
        .where(Pledge.status.not_in(MAY_HOLD))
    ):
        yield f"pledge {reference}: holds_stock is {holds}, its status says otherwise"


def _histories() -> Iterator[str]:
    """Hold each pledge's status against the end of its history."""
    last = (
        select(PledgeEvent.pledge_id, func.max(PledgeEvent.id).label("id")).group_by(PledgeEvent.pledge_id).subquery()
    )
    rows = db.session.execute(
        select(Pledge.reference, Pledge.status, PledgeEvent.to_status)
        .outerjoin(last, last.c.pledge_id == Pledge.id)
        .outerjoin(PledgeEvent, PledgeEvent.id == last.c.id)
        .where((PledgeEvent.id.is_(None)) | (PledgeEvent.to_status != Pledge.status))
    )
    for reference, status, noted in rows:
        yield f"pledge {reference}: status is {status}, its history ends with {noted}"


def _moves() -> Iterator[str]:
    """Hold each move against the one before it, and against the table of moves."""
    came_from = func.lag(PledgeEvent.to_status).over(partition_by=PledgeEvent.pledge_id, order_by=PledgeEvent.id)
    steps = select(PledgeEvent.pledge_id, PledgeEvent.from_status, came_from.label("came_from")).subquery()
    broken = (
        select(Pledge.reference)
        .join(steps, steps.c.pledge_id == Pledge.id)
        .where(steps.c.from_status.is_distinct_from(steps.c.came_from))
        .distinct()
    )
    for reference in db.session.scalars(broken):
        yield f"pledge {reference}: its history has a gap"
    moves = db.session.execute(
        select(PledgeEvent.from_status, PledgeEvent.to_status, func.count())
        .where(PledgeEvent.from_status.is_not(None))
        .group_by(PledgeEvent.from_status, PledgeEvent.to_status)
    )
    for before, after, count in moves:
        if (before, after) not in MOVES:
            yield f"history: {count} moves from {before} to {after}, which is no allowed move"


def _mails() -> Iterator[str]:
    """Each payment of somebody with an address is thanked for in one mail, and nothing else is."""
    thanked = select(OutboxMail.about).where(OutboxMail.kind == "pledge_thanks")
    brought = [to for (_before, to), move in MOVES.items() if move.brings_money]
    paid_once = select(PledgeEvent.pledge_id).where(PledgeEvent.to_status.in_(brought))
    unthanked = select(Pledge.reference).where(
        Pledge.id.in_(paid_once), Pledge.id.not_in(thanked), Pledge.email != "", Pledge.source == "online"
    )
    for reference in db.session.scalars(unthanked):
        yield f"pledge {reference}: paid, but no thank-you mail was ever announced"
    for about in db.session.scalars(thanked.where(OutboxMail.about.not_in(paid_once))):
        yield f"mail: a thank-you is about pledge number {about}, which was never paid"


def _ledger() -> Iterator[str]:
    """Every payment that came stands in the books with its amount, and nothing else does."""
    booked = and_(LedgerEntry.kind == "charge", LedgerEntry.source == Payment.intent_id)
    rows = db.session.execute(
        select(Pledge.reference, Payment.received, LedgerEntry.amount)
        .join(Payment, Payment.pledge_id == Pledge.id)
        .outerjoin(LedgerEntry, booked)
        .where(Payment.status == "paid", func.coalesce(LedgerEntry.amount, -1) != Payment.received)
    )
    for reference, received, amount in rows:
        yield f"pledge {reference}: {received} was received, the ledger says {amount}"
    unknown = (
        select(LedgerEntry.reference, LedgerEntry.source)
        .outerjoin(Payment, booked)
        .where(LedgerEntry.kind == "charge", Payment.id.is_(None))
    )
    for reference, source in db.session.execute(unknown):
        yield f"pledge {reference}: the ledger has a charge {source} of no known payment"


def _offline() -> Iterator[str]:
    """Every pledge that staff entered stands in the books with its amount, and nothing else does."""
    noted = case((Pledge.source != "online", Pledge.total), else_=0)
    booked = func.coalesce(func.sum(LedgerEntry.amount), 0)
    rows = db.session.execute(
        select(Pledge.reference, noted, booked)
        .outerjoin(LedgerEntry, and_(LedgerEntry.pledge_id == Pledge.id, LedgerEntry.kind == "offline"))
        .group_by(Pledge.id)
        .having(booked != noted)
    )
    for reference, total, amount in rows:
        yield f"pledge {reference}: {total} was entered, the ledger says {amount}"


def _amounts() -> Iterator[str]:
    """What is paid for a pledge is what it says."""
    rows = db.session.execute(
        select(Pledge.reference, Pledge.status, Pledge.total, Payment.received)
        .join(Payment, Payment.pledge_id == Pledge.id)
        .where(Payment.status == "paid", ~Payment.surplus, Payment.purpose != "renewal")
        .where((Payment.received != Pledge.total) | Pledge.status.in_(("pending", "waiting")))
    )
    for reference, status, total, received in rows:
        yield f"pledge {reference}: it says {total} and is {status}, Stripe took {received}"


def _awaited() -> Iterator[str]:
    """Whoever waits for a store or a transfer knows how to pay, and nobody else does."""
    waits = Pledge.status == "waiting"
    rows = select(Pledge.reference, Pledge.status).where(waits == Pledge.voucher.is_(None))
    for reference, status in db.session.execute(rows):
        yield f"pledge {reference}: is {status}, but how to pay it is {'not known' if status == 'waiting' else 'kept'}"


def _kept() -> Iterator[str]:
    """Of what came for a paid pledge, one payment is kept; only the others may go back as one too many."""
    rows = (
        select(Pledge.reference)
        .join(Payment, Payment.pledge_id == Pledge.id)
        .where(Pledge.status.in_(("paid", "disputed")), Payment.status == "paid")
        .group_by(Pledge.id)
        .having(func.min(case((Payment.surplus, 1), else_=0)) == 1)
    )
    for reference in db.session.scalars(rows):
        yield f"pledge {reference}: it is paid, but each of its payments is noted as one too many"


def _refunds() -> Iterator[str]:
    """What went back according to the ledger went back according to the refunds."""
    given = case((Refund.status.in_(("pending", "succeeded")), Refund.amount), else_=0)
    said = select(Refund.pledge_id, func.sum(given).label("given")).group_by(Refund.pledge_id).subquery()
    booked = (
        select(LedgerEntry.pledge_id, func.sum(-LedgerEntry.amount).label("booked"))
        .where(LedgerEntry.kind.in_(BACK))
        .group_by(LedgerEntry.pledge_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Pledge.reference, func.coalesce(said.c.given, 0), func.coalesce(booked.c.booked, 0))
        .outerjoin(said, said.c.pledge_id == Pledge.id)
        .outerjoin(booked, booked.c.pledge_id == Pledge.id)
        .where(func.coalesce(said.c.given, 0) != func.coalesce(booked.c.booked, 0))
    )
    for reference, given_back, noted in rows:
        yield f"pledge {reference}: refunds add up to {given_back}, the ledger says {noted}"


def _promises() -> Iterator[str]:
    """Whoever promised has a card to be charged, and after a goal was missed nobody is charged."""
    cardless = Pledge.status.in_(("promised", "declined")) & (Pledge.saved_card_id.is_(None))
    for reference, status in db.session.execute(select(Pledge.reference, Pledge.status).where(cardless)):
        yield f"pledge {reference}: it is {status}, but no card is saved"
    taken = (
        select(Pledge.reference, Payment.received)
        .join(Payment, Payment.pledge_id == Pledge.id)
        .join(Campaign, Campaign.id == Pledge.campaign_id)
        .where(Campaign.funding == "all_or_nothing", Pledge.source == "online", Payment.status == "paid")
        .where(Campaign.closed_reached.is_not(True) | Pledge.status.in_(("promised", "declined", "uncharged")))
    )
    for reference, received in db.session.execute(taken):
        yield f"pledge {reference}: {received} was received, though nothing was to be charged"
