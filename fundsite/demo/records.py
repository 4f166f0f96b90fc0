"""The rows that a paid pledge of the demo's history leaves: moves, mail, payment, books."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from fundsite.books.ledger import book
from fundsite.mail import OutboxMail
from fundsite.payments.gateway import Movement
from fundsite.pledges import access
from fundsite.pledges.models import Payment, Pledge, PledgeEvent
from fundsite.pledges.payments import MADE_UP, account_of

CAUSE = "demo:history"
FEE_PERMILLE = 36  # what Stripe takes of a card payment in Japan


def write(session: Session, pledge: Pledge, at: datetime) -> None:
    """Write a pledge with the history and the mail that a real one leaves."""
    pledge.attempt = f"demo-{pledge.reference}"
    pledge.token_hash = access.token_hash(access.token_of(pledge.reference))
    session.add(pledge)
    session.flush()
    session.add(
        PledgeEvent(pledge_id=pledge.id, from_status=None, to_status="pending", cause=CAUSE, at=pledge.created_at)
    )
    session.add(
        PledgeEvent(pledge_id=pledge.id, from_status="pending", to_status=pledge.status, cause=f"{CAUSE}:paid", at=at)
    )
    session.add(
        OutboxMail(
            kind="pledge_thanks",
            about=pledge.id,
            recipient=pledge.email,
            locale="ja",
            message_id=f"<{pledge.reference}@demo.example>",
            status="sent",
            created_at=at,
            due_at=at,
            sent_at=at + timedelta(seconds=2),
        )
    )


def pay(session: Session, pledge: Pledge, at: datetime) -> None:
    """Write the payment of a pledge and its entries in the books; Stripe's sandbox knows nothing of it."""
    intent, fee = f"{MADE_UP}{pledge.reference}", (pledge.total * FEE_PERMILLE + 500) // 1000
    session.add(
        Payment(
            pledge_id=pledge.id,
            purpose="renewal" if pledge.status == "active" else "checkout",
            number=1,
            intent_id=intent,
            status="paid",
            amount=pledge.total,
            received=pledge.total,
            fee_known=True,
            created_at=at,
            next_look_at=at,
        )
    )
    book(session, account_of(pledge), [Movement("charge", intent, pledge.total, at), Movement("fee", intent, -fee, at)])
