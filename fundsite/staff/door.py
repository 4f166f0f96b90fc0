"""Coming in: the password, then the code where one is asked for, or a passkey alone.

Each try is counted before it is judged.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite import audit
from fundsite.db import db, transaction
from fundsite.staff import codes, passkeys
from fundsite.staff.errors import StaffRefused, WrongPassword
from fundsite.staff.keys import keyed_hash, signed, unsigned
from fundsite.staff.models import Staff
from fundsite.staff.passwords import matches
from fundsite.staff.tries import Counted, code_tries, count, passkey_tries, password_tries, take_back

HALF_COOKIE, HALF_SECONDS = "fundsite_staff_half", 10 * 60
DEVICE_COOKIE, DEVICE_SECONDS = "fundsite_staff_device", 400 * 24 * 3600
MOST_KNOWN = 20  # people who sign in with one browser

Right = TypeVar("Right")


@dataclass(frozen=True)
class Visitor:
    """From where somebody knocks: their network address, and what the browser kept of earlier visits."""

    address: str
    device_cookie: str

    def device_of(self, staff_id: int | None) -> str | None:
        """Return this browser's name if this person signed in with it before."""
        kept = unsigned("device", self.device_cookie, DEVICE_SECONDS)
        return kept["id"] if kept and staff_id in kept["known"] else None

    def remembering(self, staff_id: int) -> str:
        """Return the cookie by which this browser is known to have been used by this person."""
        kept = unsigned("device", self.device_cookie, DEVICE_SECONDS) or {"id": secrets.token_urlsafe(16), "known": []}
        others = [known for known in kept["known"] if known != staff_id]
        return signed("device", {"id": kept["id"], "known": [*others, staff_id][-MOST_KNOWN:]})


@dataclass(frozen=True)
class Proven:
    """Whose password was right, and whether a code is asked for too."""

    staff_id: int
    needs_code: bool


def prove(email: str, password: str, visitor: Visitor) -> Proven:
    """Return whose address and password these are.

    WrongPassword otherwise, after the same time in every case; Paused after too many tries. An account from one
    address, an address, and a known browser are counted apart, so nobody can keep another person out.
    """
    account = email.strip().lower()
    person = db.session.scalars(select(Staff).where(Staff.email == account)).one_or_none()
    counted = password_tries(account, visitor.address, visitor.device_of(person.id if person else None))
    count(counted)
    known = person is not None and person.disabled_at is None
    right = matches(person.password_hash if person and known else None, password)
    if person is None or not right:
        with transaction() as session:
            audit.record(session, None, "staff.sign_in_failed", "staff", person.id if person else "", at="password")
        raise WrongPassword("wrong address or password")
    with transaction() as session:
        take_back(session, counted)
    return Proven(person.id, person.totp_secret is not None)


def half_open(staff_id: int, back: str) -> str:
    """Return what the browser keeps between the password and the code: it opens nothing by itself."""
    return signed("half", {"staff": staff_id, "mark": _mark(staff_id), "back": back})


def half_opened(cookie: str) -> tuple[int, str] | None:
    """Return who gave the password in this browser lately, and where they were going; None if nobody did."""
    half = unsigned("half", cookie, HALF_SECONDS)
    if half is None or half["mark"] != _mark(half["staff"]):
        return None
    return half["staff"], half["back"]


def _mark(staff_id: int) -> str:
    """Return what changes with the password and the codes: an earlier half step is worth nothing then."""
    row = db.session.get(Staff, staff_id)
    return keyed_hash("half", row.password_hash, row.totp_secret, row.disabled_at) if row else ""


def prove_code(staff_id: int, typed: str, visitor: Visitor) -> str:
    """Use up a code and return its kind; WrongCode if it is none or was used, Paused after too many tries."""
    counted = code_tries(staff_id, visitor.address, visitor.device_of(staff_id))
    return _judged("code", staff_id, counted, lambda session: codes.use_code(session, staff_id, typed))


def prove_passkey(answer: str, box: str, browser: str, visitor: Visitor) -> int:
    """Return whose passkey answered; WrongPasskey, for whatever reason, in the same words; Paused as for passwords.

    The passkey was opened by its owner's finger, face or PIN: neither password nor code is asked for.
    """
    named, owner = passkeys.claimed_by(answer)
    counted = passkey_tries(named, visitor.address, visitor.device_of(owner))
    return _judged("passkey", owner, counted, lambda session: passkeys.use(session, answer, box, browser))


def _judged(step: str, staff_id: int | None, counted: Sequence[Counted], judge: Callable[[Session], Right]) -> Right:
    """Count a try, then judge it: what was right is taken back, what was wrong is written down."""
    count(counted)
    try:
        with transaction() as session:
            found = judge(session)
            take_back(session, counted)
            return found
    except StaffRefused:
        with transaction() as session:
            audit.record(session, None, "staff.sign_in_failed", "staff", staff_id or "", at=step)
        raise
