"""Staff accounts."""

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select

from fundsite import clock, text
from fundsite.access import ROLES
from fundsite.db import db, transaction
from fundsite.errors import FundsiteError
from fundsite.staff.models import Staff

SHORTEST_PASSWORD = 12
HASHER = PasswordHasher()
NOBODY = HASHER.hash("nobody has this password")  # verified for unknown addresses, so that they take as long


class StaffRefused(FundsiteError):
    """An account cannot be made or found as asked."""


def add_staff(email: str, role: str, password: str, name: str = "") -> None:
    """Make an account. Raises StaffRefused for a bad address, role or password, or an address that is taken."""
    try:
        address = text.email(email).lower()
    except ValueError:
        raise StaffRefused(f"{email!r} is not an e-mail address") from None
    if role not in ROLES:
        raise StaffRefused(f"{role!r} is none of the roles {', '.join(ROLES)}")
    if len(password) < SHORTEST_PASSWORD:
        raise StaffRefused(f"the password has fewer than {SHORTEST_PASSWORD} characters")
    hashed = HASHER.hash(password)
    with transaction() as session:
        if session.scalar(select(Staff.id).where(Staff.email == address)) is not None:
            raise StaffRefused(f"{address} has an account already")
        session.add(Staff(email=address, name=text.line(name), role=role, password_hash=hashed, created_at=clock.now()))


def prove(email: str, password: str) -> int:
    """Return whose address and password these are; StaffRefused otherwise, after the same time in every case."""
    person = db.session.scalars(select(Staff).where(Staff.email == email.strip().lower())).one_or_none()
    known = person is not None and person.disabled_at is None
    try:
        HASHER.verify(person.password_hash if person and known else NOBODY, password)
    except VerifyMismatchError:
        raise StaffRefused("wrong address or password") from None
    if person is None or not known:
        raise StaffRefused("wrong address or password")
    return person.id


def all_staff() -> list[Staff]:
    """Return every account, by address."""
    return list(db.session.scalars(select(Staff).order_by(Staff.email)))


def disable_staff(email: str) -> None:
    """Close an account; StaffRefused if there is none."""
    with transaction() as session:
        person = session.scalars(select(Staff).where(Staff.email == email.strip().lower())).one_or_none()
        if person is None:
            raise StaffRefused(f"{email} has no account")
        person.disabled_at = person.disabled_at or clock.now()
