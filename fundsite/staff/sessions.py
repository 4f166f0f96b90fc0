"""Staying signed in: a random token in a cookie, its hash in a row that can be revoked."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from fundsite import audit, clock
from fundsite.access import StaffMember
from fundsite.db import db, transaction
from fundsite.staff.errors import NoSuchThing
from fundsite.staff.keys import token_hash
from fundsite.staff.models import Staff, StaffRules, StaffSession

COOKIE = "fundsite_staff"
LIFETIME = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)
LONGEST_AGENT = 200
# What a browser says of itself, in the order in which to believe it: each pretends to be those after it.
BROWSERS = ("Edge: Edg", "Opera: OPR", "Firefox: Firefox|FxiOS", "Chrome: Chrome|CriOS", "Safari: Safari")
SYSTEMS = ("iPhone", "iPad", "Android", "Chromebook: CrOS", "Windows", "Mac: Mac OS X", "Linux")


@dataclass(frozen=True)
class OpenSession:
    """A browser in which one is signed in, as the list shows it."""

    id: int
    browser: str
    created_at: datetime
    seen_at: datetime
    is_this: bool


def open_session(staff_id: int, agent: str, old_token: str = "", way: str = "password") -> str:
    """Open a session for somebody who has proved who they are; returns the cookie's token, a new one each time.

    A session that this browser had before ends with it.
    """
    token, now = secrets.token_urlsafe(32), clock.now()
    with transaction() as session:
        session.execute(
            update(StaffSession)
            .where(StaffSession.token_hash == token_hash(old_token), StaffSession.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        session.add(
            StaffSession(
                staff_id=staff_id,
                token_hash=token_hash(token),
                agent=agent[:LONGEST_AGENT],
                created_at=now,
                seen_at=now,
                expires_at=now + LIFETIME,
            )
        )
        audit.record(session, staff_id, "staff.signed_in", "staff", staff_id, way=way)
    return token


def member_of(token: str) -> StaffMember | None:
    """Return whose session a token opens; None for one that is unknown, over, revoked, or of a closed account."""
    now = clock.now()
    row = db.session.execute(
        select(Staff, StaffSession, StaffRules.codes_required)
        .join(StaffSession, StaffSession.staff_id == Staff.id)
        .outerjoin(StaffRules, true())
        .where(
            StaffSession.token_hash == token_hash(token),
            StaffSession.revoked_at.is_(None),
            StaffSession.expires_at > now,
        )
        .where(Staff.disabled_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    person, opened, required = row
    lacks_codes = bool(required) and person.totp_secret is None
    member = StaffMember(person.id, person.name or person.email, person.email, person.role, opened.id, lacks_codes)
    if now - opened.seen_at > SEEN_EVERY:
        _note_seen(opened.id)
    return member


def _note_seen(session_id: int) -> None:
    with transaction() as session:
        session.get_one(StaffSession, session_id).seen_at = clock.now()


def close_session(staff_id: int, session_id: int) -> None:
    """End one of somebody's sessions for good; NoSuchThing if it is not theirs."""
    with transaction() as session:
        row = session.get(StaffSession, session_id)
        if row is None or row.staff_id != staff_id:
            raise NoSuchThing("no such session")
        if row.revoked_at is None:
            row.revoked_at = clock.now()
            audit.record(session, staff_id, "staff.signed_out", "staff", staff_id)


def close_all_others(staff_id: int, session_id: int) -> None:
    """End all of somebody's sessions but this."""
    with transaction() as session:
        closed = close_others(session, staff_id, session_id)
        audit.record(session, staff_id, "staff.signed_out_elsewhere", "staff", staff_id, sessions_closed=closed)


def close_others(session: Session, staff_id: int, but: int | None = None) -> int:
    """End somebody's sessions within the caller's transaction, `but` one; returns how many."""
    ending = update(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None))
    if but is not None:
        ending = ending.where(StaffSession.id != but)
    return len(session.scalars(ending.values(revoked_at=clock.now()).returning(StaffSession.id)).all())


def open_sessions(staff_id: int, this: int) -> list[OpenSession]:
    """Return where somebody is signed in, the latest first."""
    rows = db.session.scalars(
        select(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None))
        .where(StaffSession.expires_at > clock.now())
        .order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())
    )
    return [OpenSession(row.id, browser(row.agent), row.created_at, row.seen_at, row.id == this) for row in rows]


def browser(agent: str) -> str:
    """Return how people call what sent this User-Agent: "Chrome / Windows"."""
    return " / ".join(filter(None, (_named(BROWSERS, agent), _named(SYSTEMS, agent))))


def _named(known: tuple[str, ...], agent: str) -> str:
    pairs = [entry.partition(": ") for entry in known]
    return next((name for name, _, mark in pairs if re.search(mark or name, agent)), "")
