"""An alarm when cards are declined more often than usual: somebody may be trying stolen ones through the form.

Counted are the declines that Stripe told us of, but for those of cards that we charged ourselves: of these many may
come at once when a campaign ends. The rule is simple on purpose: more than ten within ten minutes, and more than five
times what the week before brought in ten minutes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import render_template
from sqlalchemy import Select, column, func, select, table, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.access import ACCOUNTANT, OWNER
from fundsite.db import db, release, transaction
from fundsite.mail import Letter, OutboxMail, Writer, announce, announced
from fundsite.pledges.models import DECLINES, Payment, StripeEvent
from fundsite.settings import current_settings
from fundsite.site import current_site
from fundsite.web import day

KIND = "declines_rose"
SPAN, HOUR, WEEK = timedelta(minutes=10), timedelta(hours=1), timedelta(days=7)
SPANS_IN_THE_WEEK = (WEEK - HOUR) // SPAN
ALWAYS_FINE, TIMES_USUAL = 10, 5
SHOWN_FOR_HOURS = 24

_STAFF = table("staff", column("id"), column("email"), column("role"), column("disabled_at"))


def watch_declines() -> int:
    """Tell owners and accountants where declines have left their usual range; one mail each in an hour.

    Returns how many mails were announced. The outbox takes a mail about an hour once, whoever else is at it.
    """
    now = clock.now()
    recent = declines(now - SPAN, now)
    unusual = recent > ALWAYS_FINE and recent * SPANS_IN_THE_WEEK > TIMES_USUAL * declines(now - WEEK, now - HOUR)
    release()
    if not unusual:
        return 0
    try:
        with transaction() as session:
            return _raise(session, _hour(now))
    except IntegrityError:  # another worker was faster
        return 0


def declines(since: datetime, until: datetime) -> int:
    """Count what was declined at checkout, as Stripe told us after `since` and until `until`."""
    ours = select(Payment.id).where(Payment.intent_id == StripeEvent.object_id, Payment.purpose != "checkout")
    rows = select(func.count(StripeEvent.id)).where(
        text(f"stripe_event.type IN {DECLINES}"),  # in the words of its index
        StripeEvent.received_at > since,
        StripeEvent.received_at <= until,
        ~ours.exists(),
    )
    return db.session.scalar(rows) or 0


def raised_lately(now: datetime) -> Select[Any]:
    """Ask for the mails of alarms of the last day, for the dashboard."""
    lately = OutboxMail.about > _hour(now) - SHOWN_FOR_HOURS
    return select(func.count(OutboxMail.id)).where(OutboxMail.kind == KIND, lately)


def _raise(session: Session, hour: int) -> int:
    if announced(session, KIND, hour):
        return 0
    people = _addresses(session)
    for email in people:
        announce(session, KIND, hour, email, current_settings().locale)
    return len(people)


def _addresses(session: Session) -> Sequence[str]:
    told = (_STAFF.c.role.in_((OWNER, ACCOUNTANT)), _STAFF.c.disabled_at.is_(None))
    return session.scalars(select(_STAFF.c.email).where(*told).order_by(_STAFF.c.id)).all()


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600


def _letter(hour: int) -> Letter:
    """Say what an hour has brought until now."""
    start, site = datetime.fromtimestamp(hour * 3600, UTC), current_site()
    local = start.astimezone(current_settings().timezone)
    context = {
        "site": site,
        "start": f"{day(local)} {local:%H:%M}",
        "count": declines(start - SPAN, start + HOUR),
    }
    return Letter(
        subject=render_template(f"mail/{KIND}/subject.txt", **context).strip(),
        text=render_template(f"mail/{KIND}/body.txt", **context).strip() + "\n",
        html=render_template(f"mail/{KIND}/body.html", **context),
        sender_name=site.name,
        reply_to=site.contact_email,
    )


WRITERS: dict[str, Writer] = {KIND: _letter}
