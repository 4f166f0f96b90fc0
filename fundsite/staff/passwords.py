"""Passwords: how they are kept, changed, and renewed by a mailed link."""

import secrets
import unicodedata
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fundsite import audit, clock, mail
from fundsite.db import db, transaction
from fundsite.i18n import current_locale
from fundsite.staff.changes import note_change
from fundsite.staff.errors import LinkOver, WeakPassword, WrongPassword
from fundsite.staff.keys import link_token, token_hash
from fundsite.staff.models import PasswordReset, Staff
from fundsite.staff.sessions import close_others
from fundsite.staff.tries import count, count_within, inside_tries, mail_tries, take_back

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
RESET_LIFETIME = timedelta(hours=1)
HASHER = PasswordHasher()
NOBODY = HASHER.hash("nobody has this password")  # verified for unknown addresses, so that they take as long


def _normal(password: str) -> str:
    """Return the same password for what an input method wrote full-width or in parts."""
    return unicodedata.normalize("NFKC", password)


def hashed(password: str, email: str = "") -> str:
    """Return what the database keeps; WeakPassword for one that is too short, or too easily guessed."""
    normal = _normal(password)
    if len(normal) < SHORTEST_PASSWORD:
        raise WeakPassword(f"the password has fewer than {SHORTEST_PASSWORD} characters")
    if len(normal) > LONGEST_PASSWORD or len(set(normal)) < 4 or normal.casefold() == email.casefold():  # noqa: PLR2004
        raise WeakPassword("the password is too easily guessed, or far too long")
    return HASHER.hash(normal)


def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password that was kept; takes as long where none was."""
    try:
        HASHER.verify(kept or NOBODY, _normal(password[: LONGEST_PASSWORD + 1]))
    except VerifyMismatchError:
        return False
    return kept is not None


def confirm(staff_id: int, session_id: int, password: str) -> None:
    """Let somebody who is signed in prove it again; WrongPassword or Paused otherwise."""
    counted = inside_tries(session_id)
    count(counted)
    if not matches(db.session.get_one(Staff, staff_id).password_hash, password):
        raise WrongPassword("wrong password")
    with transaction() as session:
        take_back(session, counted)


def change_password(staff_id: int, session_id: int, old: str, new: str) -> None:
    """Take a new password from somebody who knows the old one; all their other sessions end."""
    confirm(staff_id, session_id, old)
    kept = hashed(new, db.session.get_one(Staff, staff_id).email)
    with transaction() as session:
        session.get_one(Staff, staff_id).password_hash = kept
        closed = close_others(session, staff_id, session_id)
        _void_resets(session, staff_id)
        note_change(session, staff_id, "staff.password_changed", by=staff_id, sessions_closed=closed)


def ask_reset(email: str, address: str) -> None:
    """Mail a link to whoever has this address, and say nothing of whether anybody has; Paused if asked too often."""
    account, now, nonce = email.strip().lower(), clock.now(), secrets.token_urlsafe(24)
    with transaction() as session:
        count_within(session, mail_tries(account, address))
        person = session.scalars(select(Staff).where(Staff.email == account, Staff.disabled_at.is_(None))).one_or_none()
        if person is None:
            return
        reset = PasswordReset(
            staff_id=person.id,
            nonce=nonce,
            token_hash=token_hash(link_token("reset", nonce)),
            created_at=now,
            expires_at=now + RESET_LIFETIME,
        )
        session.add(reset)
        session.flush()
        mail.announce(session, "staff_reset", reset.id, person.email, current_locale())
        audit.record(session, None, "staff.reset_asked", "staff", person.id)


def open_reset(token: str) -> PasswordReset:
    """Return the reset that a link opens; LinkOver if it is used, old, or unknown."""
    row = db.session.execute(
        select(PasswordReset)
        .join(Staff, Staff.id == PasswordReset.staff_id)
        .where(PasswordReset.token_hash == token_hash(token), PasswordReset.used_at.is_(None))
        .where(PasswordReset.expires_at > clock.now(), Staff.disabled_at.is_(None))
    ).scalar_one_or_none()
    if row is None:
        raise LinkOver("the link is used or too old")
    return row


def reset_password(token: str, new: str) -> None:
    """Take a new password for a link, once; every session of this person ends. Codes are asked for as before."""
    reset = open_reset(token)
    kept = hashed(new, db.session.get_one(Staff, reset.staff_id).email)
    with transaction() as session:
        used = session.scalar(
            update(PasswordReset)
            .where(PasswordReset.id == reset.id, PasswordReset.used_at.is_(None))
            .values(used_at=clock.now())
            .returning(PasswordReset.id)
        )
        if used is None:
            raise LinkOver("the link is used")
        session.get_one(Staff, reset.staff_id).password_hash = kept
        closed = close_others(session, reset.staff_id)
        _void_resets(session, reset.staff_id)
        note_change(session, reset.staff_id, "staff.password_reset", by=reset.staff_id, sessions_closed=closed)


def _void_resets(session: Session, staff_id: int) -> None:
    """Links that were mailed for the old password open nothing any more."""
    session.execute(
        update(PasswordReset)
        .where(PasswordReset.staff_id == staff_id, PasswordReset.used_at.is_(None))
        .values(used_at=clock.now())
    )
