"""Staff accounts: who has one, with which role, and that one owner is always left."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fundsite import audit, clock, text
from fundsite.access import OWNER, ROLES
from fundsite.db import db, transaction
from fundsite.staff.errors import AddressTaken, LastOwner, NoSuchThing, StaffRefused
from fundsite.staff.models import THE_ONE, Staff, StaffRules, StaffSession
from fundsite.staff.passwords import hashed
from fundsite.staff.sessions import close_others


@dataclass(frozen=True)
class Person:
    """An account as the list of people shows it."""

    id: int
    name: str
    email: str
    role: str
    has_codes: bool
    seen_at: datetime | None
    disabled_at: datetime | None


def checked_address(email: str) -> str:
    """Return an address as accounts keep it; StaffRefused if it is none."""
    try:
        return text.email(email).lower()
    except ValueError:
        raise StaffRefused(f"{email!r} is not an e-mail address") from None


def add_staff(email: str, role: str, password: str, name: str = "") -> None:
    """Make an account. Raises StaffRefused for a bad address, role or password, or an address that is taken."""
    address = checked_address(email)
    if role not in ROLES:
        raise StaffRefused(f"{role!r} is none of the roles {', '.join(ROLES)}")
    kept = hashed(password, address)
    with transaction() as session:
        person = new_person(session, address, role, kept, name)
        audit.record(session, None, "staff.added", "staff", person.id, role=role)


def new_person(session: Session, address: str, role: str, password_hash: str, name: str) -> Staff:
    """Write an account within the caller's transaction; AddressTaken if there is one."""
    if session.scalar(select(Staff.id).where(Staff.email == address)) is not None:
        raise AddressTaken(f"{address} has an account already")
    person = Staff(email=address, name=text.line(name), role=role, password_hash=password_hash, created_at=clock.now())
    session.add(person)
    session.flush()
    return person


def all_staff() -> list[Staff]:
    """Return every account, by address."""
    return list(db.session.scalars(select(Staff).order_by(Staff.email)))


def people() -> list[Person]:
    """Return every account as the list shows it: closed ones last."""
    seen = select(StaffSession.staff_id, func.max(StaffSession.seen_at).label("at")).group_by(StaffSession.staff_id)
    last = seen.subquery()
    rows = db.session.execute(
        select(Staff, last.c.at)
        .outerjoin(last, last.c.staff_id == Staff.id)
        .order_by(Staff.disabled_at.isnot(None), Staff.created_at, Staff.id)
    )
    return [_person(one, at) for one, at in rows]


def _person(one: Staff, seen_at: datetime | None = None) -> Person:
    has_codes = one.totp_secret is not None
    return Person(one.id, one.name or one.email, one.email, one.role, has_codes, seen_at, one.disabled_at)


def find_person(staff_id: int) -> Person:
    """Return an account; it is there."""
    return _person(db.session.get_one(Staff, staff_id))


def rename(staff_id: int, name: str) -> None:
    """Take another name for oneself."""
    with transaction() as session:
        session.get_one(Staff, staff_id).name = text.line(name)
        audit.record(session, staff_id, "staff.renamed", "staff", staff_id)


def _one_of_them(session: Session, staff_id: int) -> Staff:
    person = session.get(Staff, staff_id)
    if person is None:
        raise NoSuchThing("no such account")
    return person


def _refuse_last_owner(session: Session, person: Staff) -> None:
    """Hold all owners, so that two who step down at once are seen by each other."""
    owners = session.scalars(
        select(Staff)
        .where(Staff.role == OWNER, Staff.disabled_at.is_(None))
        .order_by(Staff.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if [owner.id for owner in owners] == [person.id]:
        raise LastOwner("this is the last owner")


def change_role(by: int, staff_id: int, role: str) -> None:
    """Give somebody another role, at once; LastOwner if nobody could look after the accounts any more."""
    if role not in ROLES:
        raise StaffRefused("no such role")
    with transaction() as session:
        person = _one_of_them(session, staff_id)
        if role != OWNER:
            _refuse_last_owner(session, person)
        if person.role != role:
            audit.record(session, by, "staff.role_changed", "staff", staff_id, before=person.role, after=role)
            person.role = role


def disable(by: int | None, staff_id: int) -> None:
    """Close an account: its sessions end at once; LastOwner for the last one."""
    with transaction() as session:
        person = _one_of_them(session, staff_id)
        _refuse_last_owner(session, person)
        if person.disabled_at is None:
            person.disabled_at = clock.now()
            closed = close_others(session, staff_id)
            audit.record(session, by, "staff.disabled", "staff", staff_id, sessions_closed=closed)


def enable(by: int, staff_id: int) -> None:
    """Open a closed account again, with its old password and codes."""
    with transaction() as session:
        person = _one_of_them(session, staff_id)
        if person.disabled_at is not None:
            person.disabled_at = None
            audit.record(session, by, "staff.enabled", "staff", staff_id)


def find_staff(email: str) -> int:
    """Return whose address this is; StaffRefused if nobody's."""
    found = db.session.scalar(select(Staff.id).where(Staff.email == email.strip().lower()))
    if found is None:
        raise StaffRefused(f"{email} has no account")
    return found


def disable_staff(email: str) -> None:
    """Close an account by its address; StaffRefused if there is none, or for the last owner's."""
    disable(None, find_staff(email))


def codes_required() -> bool:
    """Whether everybody is asked for a code."""
    return bool(db.session.scalar(select(StaffRules.codes_required)))


def require_codes(by: int, *, required: bool) -> None:
    """Decide whether everybody is asked for a code; who has none is led to set it up at the next step."""
    with transaction() as session:
        rules = session.merge(StaffRules(id=THE_ONE, codes_required=required))
        session.flush()
        audit.record(session, by, "staff.codes_required", "staff_rules", rules.id, required=required)
