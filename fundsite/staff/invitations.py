"""Invitations: the owner names an address and a role, the invited person takes a name and a password."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fundsite import audit, clock, mail
from fundsite.access import ROLES
from fundsite.db import db, transaction
from fundsite.i18n import current_locale
from fundsite.staff.errors import AddressTaken, LinkOver, NoSuchThing, StaffRefused
from fundsite.staff.keys import link_token, token_hash
from fundsite.staff.models import Invitation, Staff
from fundsite.staff.passwords import hashed
from fundsite.staff.service import checked_address, new_person

LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class Invited:
    """An open invitation, as the list shows it."""

    id: int
    email: str
    role: str
    created_at: datetime
    expires_at: datetime
    is_over: bool


def invite(by: int, email: str, role: str) -> None:
    """Mail somebody a link to an account of their own; an earlier invitation of theirs opens nothing any more.

    Raises StaffRefused for a bad address or role, AddressTaken if there is an account.
    """
    address = checked_address(email)
    if role not in ROLES:
        raise StaffRefused("no such role")
    try:
        with transaction() as session:
            if session.scalar(select(Staff.id).where(Staff.email == address)) is not None:
                raise AddressTaken(f"{address} has an account already")
            _withdraw(session, Invitation.email == address)
            _write(session, by, address, role)
    except IntegrityError:  # invited twice at the same moment: one mail is on its way
        return


def _write(session: Session, by: int, address: str, role: str) -> None:
    now, nonce = clock.now(), secrets.token_urlsafe(24)
    invitation = Invitation(
        email=address,
        role=role,
        invited_by=by,
        nonce=nonce,
        token_hash=token_hash(link_token("invitation", nonce)),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(invitation)
    session.flush()
    mail.announce(session, "staff_invitation", invitation.id, address, current_locale())
    audit.record(session, by, "staff.invited", "invitation", invitation.id, role=role)


def _withdraw(session: Session, which: ColumnElement[bool]) -> bool:
    done = session.scalars(
        update(Invitation)
        .where(which, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now())
        .returning(Invitation.id)
    )
    return bool(done.all())


def resend(by: int, invitation_id: int) -> None:
    """Mail a new link for another seven days; NoSuchThing if the invitation is not open."""
    row = db.session.get(Invitation, invitation_id)
    if row is None or row.accepted_at or row.withdrawn_at:
        raise NoSuchThing("no such invitation")
    invite(by, row.email, row.role)


def withdraw(by: int, invitation_id: int) -> None:
    """Let the link open nothing any more; NoSuchThing if the invitation is not open."""
    with transaction() as session:
        if not _withdraw(session, Invitation.id == invitation_id):
            raise NoSuchThing("no such invitation")
        audit.record(session, by, "staff.invitation_withdrawn", "invitation", invitation_id)


def open_invitations() -> list[Invited]:
    """Return who was invited and has not come yet, the latest first."""
    rows = db.session.scalars(
        select(Invitation)
        .where(Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
        .order_by(Invitation.id.desc())
    )
    now = clock.now()
    return [Invited(row.id, row.email, row.role, row.created_at, row.expires_at, row.expires_at <= now) for row in rows]


def find_invitation(token: str) -> Invitation:
    """Return the invitation that a link opens; LinkOver if it is used, withdrawn, old or unknown."""
    row = db.session.scalars(select(Invitation).where(Invitation.token_hash == token_hash(token))).one_or_none()
    if row is None or row.accepted_at or row.withdrawn_at or row.expires_at <= clock.now():
        raise LinkOver("the invitation is used, withdrawn, or too old")
    return row


def accept(token: str, name: str, password: str) -> int:
    """Make the account that was offered, once; returns whose it is. WeakPassword, LinkOver or AddressTaken if not."""
    found = find_invitation(token)
    kept = hashed(password, found.email)
    with transaction() as session:
        done = session.scalar(
            update(Invitation)
            .where(Invitation.id == found.id, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
            .values(accepted_at=clock.now())
            .returning(Invitation.id)
        )
        if done is None:
            raise LinkOver("the invitation is used or withdrawn")
        person = new_person(session, found.email, found.role, kept, name)
        audit.record(session, person.id, "staff.invitation_accepted", "invitation", found.id, role=found.role)
    return person.id
