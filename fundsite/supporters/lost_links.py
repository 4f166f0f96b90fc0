"""Links to the room, mailed again: to whoever lost them, and by staff in place of one that others may know."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from fundsite import audit, clock, mail
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.mail import OutboxMail
from fundsite.pledges import access, lifecycle
from fundsite.pledges.models import Pledge
from fundsite.supporters.models import LinkRequest

LOST, REPLACED = "lost_link", "link_replaced"
QUIET = timedelta(minutes=10)  # within which one address gets one mail, however often it is typed
KEPT = timedelta(days=7)
NOTHING_LEFT = ("expired", "canceled")


class NoAddress(FundsiteError):
    """There is no mail address to which a link could be sent."""


def ask(email: str, locale: str) -> None:
    """Mail to an address the links of its own pledges. Nothing shows whether the address is known here.

    An address that nobody pledged with gets the same rows and no mail. A mail goes to the address as it was kept,
    never to another spelling of it.
    """
    kept = db.session.scalars(select(Pledge.email).where(func.lower(Pledge.email) == email.lower()).distinct()).all()
    now = clock.now()
    with transaction() as session:
        _forget(session, now)
        _mend(session, kept)
        for address in kept or [email]:
            mine = select(LinkRequest.id).where(LinkRequest.email == address, LinkRequest.asked_at > now - QUIET)
            if session.scalar(mine.limit(1)) is not None:
                continue
            request = LinkRequest(email=address, asked_at=now)
            session.add(request)
            session.flush()
            mail.announce(session, LOST, request.id, address, locale)


def _mend(session: Session, kept: Sequence[str]) -> None:
    """Keep what the links are that will be mailed: with another SECRET_KEY they are others than before."""
    for pledge in session.scalars(select(Pledge).where(Pledge.email.in_(kept), Pledge.status.not_in(NOTHING_LEFT))):
        token = access.token_hash(access.token_of(pledge.reference, pledge.link_number))
        if pledge.token_hash != token:
            pledge.token_hash = token


def _forget(session: Session, now: datetime) -> None:
    """Delete what was asked long ago, with the addresses in it."""
    old = select(LinkRequest.id).where(LinkRequest.asked_at < now - KEPT)
    is_over = OutboxMail.status.in_(("sent", "skipped", "failed"))
    session.execute(delete(OutboxMail).where(OutboxMail.kind == LOST, OutboxMail.about.in_(old), is_over))
    session.execute(delete(LinkRequest).where(LinkRequest.asked_at < now - KEPT))


def pledges_of(request_id: int) -> list[Pledge]:
    """Return the pledges whose links an address asked for, the newest first; none for an address without any."""
    request = db.session.get(LinkRequest, request_id)
    if request is None:
        return []
    mine = select(Pledge).where(Pledge.email == request.email, Pledge.status.not_in(NOTHING_LEFT))
    return list(db.session.scalars(mine.order_by(Pledge.id.desc())))


def replace_link(pledge_id: int, number: int, staff_id: int) -> None:
    """Let a pledge's link open nothing any more, and mail a new one. `number` says which link is to be replaced.

    Asked for twice, it is replaced once. Raises NoAddress.
    """
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        if not pledge.email:
            raise NoAddress(pledge.reference)
        if pledge.link_number != number:
            return
        new_link(pledge)
        mail.announce_again(session, REPLACED, pledge.id, pledge.email, pledge.locale)
        audit.record(session, staff_id, "link.replaced", "pledge", pledge_id)


def new_link(pledge: Pledge) -> None:
    """Give a locked pledge another link; the old one opens nothing any more."""
    pledge.link_number += 1
    pledge.token_hash = access.token_hash(access.token_of(pledge.reference, pledge.link_number))
