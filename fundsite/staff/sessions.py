"""Staying signed in: a random token in a cookie, its hash in a row that can be revoked."""

import secrets
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select

from fundsite import clock
from fundsite.access import StaffMember
from fundsite.db import db, transaction
from fundsite.staff.models import Staff, StaffSession

COOKIE = "fundsite_staff"
LIFETIME = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)
LONGEST_AGENT = 200


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def open_session(staff_id: int, agent: str) -> str:
    """Open a session for somebody who has proved who they are; returns the cookie's token."""
    token, now = secrets.token_urlsafe(32), clock.now()
    with transaction() as session:
        session.add(
            StaffSession(
                staff_id=staff_id,
                token_hash=_hash(token),
                agent=agent[:LONGEST_AGENT],
                created_at=now,
                seen_at=now,
                expires_at=now + LIFETIME,
            )
        )
    return token


def member_of(token: str) -> StaffMember | None:
    """Return whose session a token opens; None for one that is unknown, over, revoked, or of a closed account."""
    now = clock.now()
    row = db.session.execute(
        select(Staff, StaffSession)
        .join(StaffSession, StaffSession.staff_id == Staff.id)
        .where(
            StaffSession.token_hash == _hash(token), StaffSession.revoked_at.is_(None), StaffSession.expires_at > now
        )
        .where(Staff.disabled_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    person, opened = row
    member = StaffMember(person.id, person.name or person.email, person.email, person.role, opened.id)
    if now - opened.seen_at > SEEN_EVERY:
        _note_seen(opened.id)
    return member


def _note_seen(session_id: int) -> None:
    with transaction() as session:
        session.get_one(StaffSession, session_id).seen_at = clock.now()


def close_session(session_id: int) -> None:
    """End a session for good."""
    with transaction() as session:
        session.get_one(StaffSession, session_id).revoked_at = clock.now()
