"""What Stripe says of a subscription, applied: the first month, each renewal, a card that failed, the end.

Whatever brings the news, the present state is fetched and applied, so late, doubled, lost and reordered deliveries end
in the same state. Two at once are told apart by a counter: who fetched before the other applied fetches again.
"""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fundsite import clock, mail
from fundsite.db import db, release, transaction
from fundsite.mail import OutboxMail
from fundsite.payments.gateway import GatewayBusy, PaymentState
from fundsite.payments.monthly import InvoiceState, SubscriptionState
from fundsite.pledges import lifecycle
from fundsite.pledges.arrival import owe
from fundsite.pledges.models import Payment, Pledge
from fundsite.pledges.money_back import note_refunds
from fundsite.pledges.monthly.models import MonthlySupport
from fundsite.pledges.service import gateway
from fundsite.pledges.statement import write_down

TRIES = 5
GOES_ON = ("active", "past_due")
NOT_BEGUN = ("pending", "expired", "canceled")


def follow(subscription_id: str, cause: str) -> None:
    """Fetch a subscription as it is now and apply that; nothing happens if it is not one of ours.

    Raises what the gateway raises, and GatewayBusy where others were faster each time.
    """
    for _try in range(TRIES):
        before = _applied(subscription_id)
        state = gateway().subscription(subscription_id)
        pledge_id = owner_of(state)
        if pledge_id is None:
            return
        payments = [gateway().payment(payment_id) for payment_id in unknown_payments(state.invoices)]
        if _apply(pledge_id, state, payments, before, cause):
            _stop_what_is_over(pledge_id, state)
            return
    raise GatewayBusy("the subscription is being looked at elsewhere")


def owner_of(state: SubscriptionState) -> int | None:
    """Find the pledge of a subscription; None for another program's, and for a second one with the same marks."""
    mine = or_(Pledge.subscription_id == state.id, Pledge.subscription_id.is_(None))
    found = db.session.scalar(select(Pledge.id).where(Pledge.reference == (state.reference or ""), mine))
    release()
    return found


def _applied(subscription_id: str) -> int:
    count = select(MonthlySupport.applied).join(Pledge, Pledge.id == MonthlySupport.pledge_id)
    found = db.session.scalar(count.where(Pledge.subscription_id == subscription_id))
    release()
    return found or 0


def unknown_payments(invoices: Sequence[InvoiceState]) -> list[str]:
    """Return the payments of invoices that are paid or failed, where that is not written down yet."""
    tried = [row for row in invoices if row.payment_id and (row.status == "paid" or row.failed)]
    wanted = {row.payment_id: "failed" if row.failed else "paid" for row in tried}
    rows = select(Payment.intent_id, Payment.status).where(Payment.intent_id.in_(wanted))
    known = {row.intent_id: row.status for row in db.session.execute(rows)}
    release()
    return [one for one, status in wanted.items() if one and known.get(one) != status]


def _apply(pledge_id: int, state: SubscriptionState, payments: Sequence[PaymentState], before: int, cause: str) -> bool:
    """Bring pledge and books to a state, in one transaction; False, and nothing done, if it is out of date."""
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        support = session.get(MonthlySupport, pledge_id)
        if (support.applied if support else 0) != before:
            return False
        rows = [write_down(session, pledge, payment, "renewal") for payment in payments]
        if pledge.status in NOT_BEGUN:
            _begin(session, pledge, state, cause)
        if pledge.status in (*GOES_ON, "ended"):
            _note_support(session, pledge, support, state)
            _go_on(session, pledge, state, f"{cause}:{state.status}:{before + 1}")
        for row, payment in zip(rows, payments, strict=True):
            note_refunds(session, pledge, row, payment)
    return True


def _begin(session: Session, pledge: Pledge, state: SubscriptionState, cause: str) -> None:
    """Begin with the first month that is paid. One that comes when the last piece has gone is owed back."""
    first = _paid_first(session, pledge)
    if first is None:
        return
    if lifecycle.take_stock(session, pledge):
        pledge.subscription_id, pledge.customer_id = state.id, state.customer_id
        lifecycle.move(session, pledge, "active", f"{cause}:begun", clock.now())
    else:
        lifecycle.move(session, pledge, "refund_due", cause, clock.now())
        owe(session, pledge, first, surplus=False)


def _paid_first(session: Session, pledge: Pledge) -> Payment | None:
    rows = select(Payment).where(Payment.pledge_id == pledge.id, Payment.status == "paid")
    return session.scalars(rows.order_by(Payment.id).limit(1)).one_or_none()


def _note_support(session: Session, pledge: Pledge, support: MonthlySupport | None, state: SubscriptionState) -> None:
    if support is None:
        support = MonthlySupport(pledge_id=pledge.id, applied=0)
        session.add(support)
    news = state.status in GOES_ON and state.ends_at is not None and support.ends_at is None
    support.renews_at, support.ends_at = state.renews_at, state.ends_at
    support.applied += 1
    if state.ends_at is not None or state.status == "ended":
        support.cancel_asked_at = None
    session.flush()
    if news:
        _tell_once(session, pledge, "pledge_ending", pledge.id)


def _go_on(session: Session, pledge: Pledge, state: SubscriptionState, cause: str) -> None:
    if state.status not in {"unsettled", pledge.status}:
        lifecycle.move(session, pledge, state.status, cause, clock.now())
    if pledge.status == "past_due":
        failed = [row.payment_id for row in state.invoices if row.failed and row.payment_id]
        for payment_id in session.scalars(select(Payment.id).where(Payment.intent_id.in_(failed))):
            _tell_once(session, pledge, "pledge_past_due", payment_id)


def _tell_once(session: Session, pledge: Pledge, kind: str, about: int) -> None:
    told = select(OutboxMail.id).where(OutboxMail.kind == kind, OutboxMail.about == about)
    if pledge.email and session.scalar(told.limit(1)) is None:
        mail.announce(session, kind, about, pledge.email, pledge.locale)


def _stop_what_is_over(pledge_id: int, state: SubscriptionState) -> None:
    """End a subscription whose pledge is over: nobody is charged for what is not given."""
    status = db.session.scalar(select(Pledge.status).where(Pledge.id == pledge_id))
    release()
    if status not in (*GOES_ON, *NOT_BEGUN) and state.status in GOES_ON:
        gateway().end_subscription(state.id, at_once=True)
