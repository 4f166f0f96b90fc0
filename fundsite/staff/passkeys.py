"""Passkeys of staff: a telephone, computer or security key that lets its owner in, without password and code.

What is asked of it is a challenge: random, good for a few minutes in the browser to which it was given, and answered
once. It travels through the page in a signed box, so asking writes nothing; the answer that counts spends it.
"""

import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fundsite import clock, text
from fundsite.db import db, transaction
from fundsite.staff import ceremony
from fundsite.staff.changes import note_change
from fundsite.staff.errors import NoSuchThing, WrongPasskey
from fundsite.staff.keys import keyed_hash, signed, token_hash, unsigned
from fundsite.staff.models import Passkey, SpentChallenge, Staff

CHALLENGE_BYTES = 32


@dataclass(frozen=True)
class Asked:
    """What a browser is asked, and the box that comes back with its answer."""

    box: str
    options: dict[str, Any]


@dataclass(frozen=True)
class KnownPasskey:
    """A passkey as its owner's list shows it."""

    id: int
    label: str
    created_at: datetime
    used_at: datetime | None


def passkeys_of(staff_id: int) -> list[KnownPasskey]:
    """Return somebody's passkeys, the oldest first."""
    rows = db.session.scalars(select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.id))
    return [KnownPasskey(row.id, row.label, row.created_at, row.used_at) for row in rows]


def ask_new(staff_id: int, session_id: int, label: str) -> Asked:
    """Return what a browser needs to make a passkey for somebody who has just proved who they are.

    Only an answer from the same session is taken. Nothing is kept yet.
    """
    person = db.session.get_one(Staff, staff_id)
    known = db.session.scalars(select(Passkey.credential_id).where(Passkey.staff_id == staff_id))
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    named = person.name or person.email
    options = ceremony.creation_options(challenge, _handle(staff_id), person.email, named, known)
    return Asked(_boxed("new", challenge, staff=staff_id, session=session_id, label=text.line(label)), options)


def add(staff_id: int, session_id: int, box: str, answer: str) -> None:
    """Keep a passkey that was made for this person in this session; WrongPasskey otherwise."""
    asked = _opened("new", box)
    if (asked["staff"], asked["session"]) != (staff_id, session_id):
        raise WrongPasskey("this was asked of another session")
    with transaction() as session:
        session.get_one(Staff, staff_id, with_for_update=True)
        _spend(session, asked["challenge"])
        made = ceremony.made(answer, asked["challenge"])
        if session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)) is not None:
            raise WrongPasskey("somebody has this passkey")
        session.add(
            Passkey(
                staff_id=staff_id,
                credential_id=made.credential_id,
                user_handle=_handle(staff_id),
                public_key=made.public_key,
                sign_count=made.sign_count,
                label=asked["label"],
                created_at=clock.now(),
            )
        )
        note_change(session, staff_id, "staff.passkey_added", by=staff_id)


def remove(staff_id: int, passkey_id: int) -> None:
    """Let one of somebody's passkeys open nothing any more; NoSuchThing if it is not theirs."""
    with transaction() as session:
        gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.staff_id == staff_id)
        if session.scalar(gone.returning(Passkey.id)) is None:
            raise NoSuchThing("no such passkey")
        note_change(session, staff_id, "staff.passkey_removed", by=staff_id)


def ask_any(browser: str) -> Asked:
    """Return what a browser needs to ask for any passkey; `browser` is what only this browser keeps."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    return Asked(_boxed("any", challenge, browser=browser), ceremony.request_options(challenge))


def claimed_by(answer: str) -> tuple[str, int | None]:
    """Return which passkey an answer names, and whose that is; nothing of it is proved. ("", None) for no answer."""
    try:
        named = ceremony.claimed(answer).credential_id
    except WrongPasskey:
        return "", None
    return named, db.session.scalar(select(Passkey.staff_id).where(Passkey.credential_id == named))


def use(session: Session, answer: str, box: str, browser: str) -> int:
    """Return whose passkey answered what was asked of this browser, within the caller's transaction.

    WrongPasskey for one that is unknown, copied, removed, or of a closed account, and for an answer that is late, to
    another browser, another site, or given before.
    """
    claim, asked = ceremony.claimed(answer), _opened("any", box)
    if not compare_digest(asked["browser"].encode(), browser.encode()):
        raise WrongPasskey("this was asked of another browser")
    row = session.scalar(
        select(Passkey)
        .join(Staff, Staff.id == Passkey.staff_id)
        .where(Passkey.credential_id == claim.credential_id, Staff.disabled_at.is_(None))
        .with_for_update(of=Passkey)
        .execution_options(populate_existing=True)
    )
    if row is None or not compare_digest(claim.user_handle, row.user_handle):
        raise WrongPasskey("nobody's passkey")
    _spend(session, asked["challenge"])
    row.sign_count = ceremony.proven(answer, asked["challenge"], row.public_key, row.sign_count)
    row.used_at = clock.now()
    return row.staff_id


def _handle(staff_id: int) -> bytes:
    """Return by what a passkey knows its owner: it tells nobody else who that is."""
    return bytes.fromhex(keyed_hash("passkey-owner", staff_id))


def _boxed(purpose: str, challenge: bytes, **bound: object) -> str:
    return signed(f"passkey-{purpose}", {"challenge": b64encode(challenge).decode(), **bound})


def _opened(purpose: str, box: str) -> dict[str, Any]:
    asked = unsigned(f"passkey-{purpose}", box, ceremony.ANSWER_SECONDS)
    if asked is None:
        raise WrongPasskey("not a box of ours, or too old")
    return {**asked, "challenge": b64decode(asked["challenge"])}


def _spend(session: Session, challenge: bytes) -> None:
    """Let this challenge be answered no more; WrongPasskey if it was. What is too old to be answered is forgotten."""
    now, kept = clock.now(), token_hash(challenge.hex())
    if session.get(SpentChallenge, kept) is not None:
        raise WrongPasskey("answered before")
    long_ago = now - 2 * timedelta(seconds=ceremony.ANSWER_SECONDS)
    session.execute(delete(SpentChallenge).where(SpentChallenge.spent_at < long_ago))
    session.add(SpentChallenge(challenge_hash=kept, spent_at=now))
    session.flush()
