"""Issuing receipts, issuing them again, and making them void.

A receipt takes its number, its lines and its words in one transaction that holds the year's last number: numbers follow
each other without a gap, and two who issue at once get one receipt between them for the same money.
"""

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fundsite import audit, clock, mail
from fundsite.db import JsonObject, db, insert_once, release, transaction
from fundsite.errors import FundsiteError
from fundsite.pledges.models import Pledge
from fundsite.receipts.drafts import NOTHING, Draft, Wanted, compose
from fundsite.receipts.issuer import issuer, lacking
from fundsite.receipts.models import Receipt, ReceiptLine, ReceiptNumber, ReceiptReissue
from fundsite.receipts.people import keep_addressee
from fundsite.receipts.received import Received, kept_of
from fundsite.settings import current_settings

READY = "receipt_ready"


class NotReady(FundsiteError):
    """A receipt cannot be issued; `problems` says for want of what."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


class NotAllowed(FundsiteError):
    """The receipt is void, or no longer true: money went back since."""


class NoSuchReceipt(FundsiteError):
    """There is no such receipt."""


def issue(wanted: Wanted, staff_id: int) -> int:
    """Issue a receipt and return its number in the database; with `sends_mail`, its mail is put into the outbox.

    NotReady if anything is in the way, such as a name that is missing or money that stands on another receipt.
    """
    said = issuer()
    if lacking(said, wanted.kind):
        raise NotReady(["issuer"])
    release()
    try:
        return _issued(wanted, said, staff_id)
    except IntegrityError:  # the same money was put on a receipt of the other kind at this moment
        raise NotReady([NOTHING]) from None


def _issued(wanted: Wanted, said: JsonObject, staff_id: int) -> int:
    today = clock.local_day(clock.now(), current_settings().timezone)
    with transaction() as session:
        number = _next_number(session, wanted.kind, today.year)
        draft = compose(session, wanted)
        if draft.problems:
            raise NotReady(draft.problems)
        receipt = _receipt(wanted, draft, said, staff_id)
        receipt.year, receipt.number, receipt.issued_on = today.year, number, today
        session.add(receipt)
        session.flush()
        session.add_all(_lines(receipt.id, draft.lines))
        if wanted.recipient is not None:
            keep_addressee(session, draft.pledge.id, wanted.recipient)
        if wanted.sends_mail and draft.pledge.email:
            mail.announce(session, READY, receipt.id, draft.pledge.email, draft.pledge.locale)
        audit.record(
            session, staff_id, "receipt.issued", "receipt", receipt.id, number=receipt.label, total=draft.total
        )
        return receipt.id


def _next_number(session: Session, kind: str, year: int) -> int:
    """Take the next number. From here to the end of the transaction nobody else takes one of this kind and year."""
    insert_once(session, ReceiptNumber, kind=kind, year=year, last=0)
    taken = update(ReceiptNumber).where(ReceiptNumber.kind == kind, ReceiptNumber.year == year)
    return session.scalars(taken.values(last=ReceiptNumber.last + 1).returning(ReceiptNumber.last)).one()


def _receipt(wanted: Wanted, draft: Draft, said: JsonObject, staff_id: int) -> Receipt:
    return Receipt(
        kind=wanted.kind,
        currency=draft.lines[0].currency,
        total=draft.total,
        gift=draft.gift,
        consideration=draft.consideration,
        recipient=draft.recipient,
        issuer=said,
        pledge_id=draft.pledge.id,
        run_id=wanted.run_id,
        issued_at=clock.now(),
        issued_by=staff_id,
    )


def _lines(receipt_id: int, lines: list[Received]) -> list[ReceiptLine]:
    return [
        ReceiptLine(
            receipt_id=receipt_id,
            position=position,
            entry_id=line.entry_id,
            pledge_id=line.pledge_id,
            reference=line.reference,
            campaign=line.campaign,
            received_on=line.received_on,
            amount=line.amount,
            gift=line.gift,
            consideration=line.consideration,
        )
        for position, line in enumerate(lines, 1)
    ]


def find_receipt(receipt_id: int) -> Receipt:
    """Return a receipt; NoSuchReceipt otherwise."""
    found = db.session.get(Receipt, receipt_id)
    if found is None:
        raise NoSuchReceipt(str(receipt_id))
    return found


def lines_of_receipt(receipt_id: int) -> list[ReceiptLine]:
    """Return its lines in their order."""
    rows = select(ReceiptLine).where(ReceiptLine.receipt_id == receipt_id).order_by(ReceiptLine.position)
    return list(db.session.scalars(rows))


def reissues_of(receipt_id: int) -> list[ReceiptReissue]:
    """Return each paper that says 再発行, the first first."""
    rows = select(ReceiptReissue).where(ReceiptReissue.receipt_id == receipt_id).order_by(ReceiptReissue.position)
    return list(db.session.scalars(rows))


def is_outdated(session: Session, receipt: Receipt) -> bool:
    """Whether less was kept by now than the receipt says, for money went back after it was issued."""
    lines = session.scalars(select(ReceiptLine).where(ReceiptLine.receipt_id == receipt.id)).all()
    kept: dict[int, int] = {}
    for pledge_id in {line.pledge_id for line in lines}:
        kept |= kept_of(session, session.get_one(Pledge, pledge_id))
    return any(kept.get(line.entry_id, 0) < line.amount for line in lines)


def reissue(receipt_id: int, staff_id: int) -> None:
    """Write down one more paper, which says 再発行 and keeps the number. NotAllowed for one that is void or untrue."""
    today = clock.local_day(clock.now(), current_settings().timezone)
    with transaction() as session:
        receipt = _held(session, receipt_id)
        if receipt.status == "void" or is_outdated(session, receipt):
            raise NotAllowed(receipt.label)
        before = select(func.count()).where(ReceiptReissue.receipt_id == receipt_id)
        position = (session.scalar(before) or 0) + 1
        session.add(
            ReceiptReissue(
                receipt_id=receipt_id,
                position=position,
                reissued_on=today,
                reissued_at=clock.now(),
                reissued_by=staff_id,
            )
        )
        audit.record(session, staff_id, "receipt.reissued", "receipt", receipt_id, number=receipt.label, copy=position)


def void(receipt_id: int, reason: str, staff_id: int) -> None:
    """Make a receipt void for a reason; its money may stand on another from now on. Twice is once."""
    with transaction() as session:
        receipt = _held(session, receipt_id)
        if receipt.status == "void":
            return
        receipt.status, receipt.void_reason = "void", reason
        receipt.voided_at, receipt.voided_by = clock.now(), staff_id
        session.execute(update(ReceiptLine).where(ReceiptLine.receipt_id == receipt_id).values(live=False))
        audit.record(session, staff_id, "receipt.voided", "receipt", receipt_id, number=receipt.label)


def send(receipt_id: int, staff_id: int) -> None:
    """Mail the link to the receipt, again if it was before. NotAllowed without an address, or if untrue."""
    with transaction() as session:
        receipt = _held(session, receipt_id)
        pledge = session.get_one(Pledge, receipt.pledge_id)
        if receipt.status == "void" or not pledge.email or is_outdated(session, receipt):
            raise NotAllowed(receipt.label)
        mail.announce_again(session, READY, receipt_id, pledge.email, pledge.locale)
        audit.record(session, staff_id, "receipt.sent", "receipt", receipt_id, number=receipt.label)


def _held(session: Session, receipt_id: int) -> Receipt:
    receipt = session.get(Receipt, receipt_id, with_for_update=True)
    if receipt is None:
        raise NoSuchReceipt(str(receipt_id))
    return receipt
