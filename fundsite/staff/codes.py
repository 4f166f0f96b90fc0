"""The second step of signing in: six digits from a telephone (TOTP), or a recovery code.

The secret lies encrypted in the database. A code opens once: the number of its half minute is kept, and only a later
one counts after it.
"""

import secrets
import unicodedata
from dataclasses import dataclass
from hmac import compare_digest

import pyotp
import segno
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.db import db, transaction
from fundsite.site import current_site
from fundsite.staff.changes import note_change
from fundsite.staff.errors import CodesRequired, NoSuchThing, WrongCode
from fundsite.staff.keys import keyed_hash, sealed, unsealed
from fundsite.staff.models import THE_ONE, RecoveryCode, Staff, StaffRules
from fundsite.staff.sessions import close_others

DRIFT = 1  # half minutes that a telephone's clock may be off
SET_UP_SECONDS = 30 * 60
RECOVERY_CODES = 10
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O or U to be misread on paper
MISREAD = str.maketrans("OIL", "011")
CODE_DIGITS = 6


@dataclass(frozen=True)
class SetUp:
    """What a telephone needs to make codes. `box` is the secret, sealed, to come back with the first code."""

    box: str
    secret: str
    picture: str


def begin(staff_id: int, box: str = "") -> SetUp:
    """Return a new secret, or the one of a box that was handed out before; nothing is kept yet."""
    try:
        secret = _opened(staff_id, box)
    except ValueError:
        secret = pyotp.random_base32()
        box = sealed("set-up", f"{staff_id}:{secret}")
    email = db.session.get_one(Staff, staff_id).email
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=current_site().name)
    spaced = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return SetUp(box, spaced, segno.make(address, error="m").svg_data_uri(border=4, scale=6))


def _opened(staff_id: int, box: str) -> str:
    whose, _, secret = unsealed("set-up", box, SET_UP_SECONDS).partition(":")
    if whose != str(staff_id):
        raise ValueError("somebody else's box")
    return secret


def switch_on(staff_id: int, session_id: int, box: str, code: str) -> list[str]:
    """Ask for codes from now on, once a first one shows that the telephone has the secret.

    Returns the recovery codes, which are shown this once. Other sessions, opened without a code, end.
    """
    try:
        secret = _opened(staff_id, box)
    except ValueError:
        raise WrongCode("the set-up took too long") from None
    step = _step(secret, code)
    if step is None:
        raise WrongCode("wrong code")
    with transaction() as session:
        person = session.get_one(Staff, staff_id, with_for_update=True)
        person.totp_secret, person.totp_last_step = sealed("totp", secret), step
        closed = close_others(session, staff_id, session_id)
        note_change(session, staff_id, "staff.codes_on", by=staff_id, sessions_closed=closed)
        return _new_recovery_codes(session, staff_id)


def switch_off(staff_id: int, *, by: int | None) -> None:
    """Ask this person for no codes any more; CodesRequired if it is themselves and everybody needs them."""
    with transaction() as session:
        rules = session.get(StaffRules, THE_ONE)
        if by == staff_id and rules is not None and rules.codes_required:
            raise CodesRequired("everybody is asked for a code")
        person = session.get(Staff, staff_id, with_for_update=True)
        if person is None:
            raise NoSuchThing("no such account")
        person.totp_secret = None
        session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
        if by != staff_id:
            close_others(session, staff_id)
        note_change(session, staff_id, "staff.codes_off", by=by)


def renew_recovery_codes(staff_id: int) -> list[str]:
    """Return new recovery codes, shown this once; the earlier ones open nothing any more."""
    with transaction() as session:
        note_change(session, staff_id, "staff.recovery_codes_renewed", by=staff_id)
        return _new_recovery_codes(session, staff_id)


def _new_recovery_codes(session: Session, staff_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    letters = ["".join(secrets.choice(ALPHABET) for _ in range(12)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(staff_id=staff_id, code_hash=keyed_hash("recovery", code)) for code in letters)
    return ["-".join((code[:4], code[4:8], code[8:])) for code in letters]


def recovery_codes_left(staff_id: int) -> int:
    """Count the recovery codes that still open."""
    unused = select(func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(unused) or 0


def use_code(session: Session, staff_id: int, typed: str) -> str:
    """Use up a code within the caller's transaction; returns which kind it was, or raises WrongCode."""
    person = session.get_one(Staff, staff_id)
    code = _plain(typed)
    if person.totp_secret is None or person.disabled_at is not None:
        raise WrongCode("no codes are asked of this person")
    if len(code) == CODE_DIGITS:
        step = _step(unsealed("totp", person.totp_secret), code)
        taken = update(Staff).where(Staff.id == staff_id, Staff.totp_last_step < (step or 0))
        changed = session.scalar(taken.values(totp_last_step=step).returning(Staff.id))
        way = "code"
    else:
        used = update(RecoveryCode).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
        used = used.where(RecoveryCode.code_hash == keyed_hash("recovery", code.translate(MISREAD)))
        changed = session.scalar(used.values(used_at=clock.now()).returning(RecoveryCode.id))
        way = "recovery_code"
    if changed is None:
        raise WrongCode("wrong code, or used already")
    return way


def _plain(typed: str) -> str:
    folded = unicodedata.normalize("NFKC", typed[:60]).upper()
    return "".join(letter for letter in folded if letter.isascii() and letter.isalnum())


def _step(secret: str, typed: str) -> int | None:
    """Return the half minute that a code belongs to, the telephone's clock being a little off; None for no code."""
    totp, code = pyotp.TOTP(secret), _plain(typed)
    now = int(clock.now().timestamp()) // totp.interval
    right = [step for step in range(now - DRIFT, now + DRIFT + 1) if compare_digest(totp.generate_otp(step), code)]
    return right[-1] if right else None
