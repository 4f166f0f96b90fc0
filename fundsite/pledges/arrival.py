"""Money has come: what it is for, and what becomes of it if it comes late, twice, or in another amount.

Inside the caller's transaction, on a locked pledge.
"""

import structlog
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.books.ledger import book
from fundsite.payments.gateway import Movement
from fundsite.pledges import lifecycle
from fundsite.pledges.models import Payment, Pledge, Refund
from fundsite.pledges.payments import account_of, in_other_hands, note_payment

log = structlog.get_logger()

STANDS = frozenset({"paid", "disputed", "refund_due", "refunded", "charged_back"})


def arrived(session: Session, pledge: Pledge, intent_id: str, amount: int, currency: str, cause: str) -> None:
    """Count a whole payment, once. One that is too late for its reward, or one too many, is owed back from here on."""
    payment = note_payment(session, pledge, intent_id, amount, "paid", amount)
    book(session, account_of(pledge), [Movement("charge", intent_id, amount, clock.now())])
    if payment.surplus:
        return
    if in_other_hands(session, pledge, intent_id):
        owe(session, pledge, payment, surplus=True)
    elif pledge.status in STANDS:
        return
    elif (amount, currency) != (pledge.total, pledge.currency):
        log.error("amount_differs", reference=pledge.reference, ours=pledge.total, theirs=amount)
    elif lifecycle.take_stock(session, pledge):
        lifecycle.move(session, pledge, "paid", cause, clock.now())
    else:
        lifecycle.move(session, pledge, "refund_due", cause, clock.now())
        owe(session, pledge, payment, surplus=False)


def owe(session: Session, pledge: Pledge, payment: Payment, *, surplus: bool) -> None:
    """Write down that a payment goes back whole: a surplus from now on, or the one whose pledge waits for that."""
    payment.surplus = surplus
    now = clock.now()
    session.add(
        Refund(pledge_id=pledge.id, payment_id=payment.id, amount=payment.amount, cause="late", requested_at=now)
    )
    session.flush()
