"""Pauses after wrong passwords and codes, in the database, so that all processes agree.

A try is counted before it is judged, and what was right is taken back: a hundred tries at once are a hundred. Who is
counted is the account *from one address*, and the address alone, coarsely. A browser that this person signed in with
before is counted by itself and by nothing else: whatever others do, it can come in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.db import transaction
from fundsite.errors import FundsiteError
from fundsite.limits import network
from fundsite.staff.keys import keyed_hash
from fundsite.staff.models import Tries

FORGOTTEN_AFTER = timedelta(hours=24)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)
SWEPT_AT_ONCE = 200


@dataclass(frozen=True)
class Counted:
    """Who is counted, and how many tries are free."""

    key: str
    free: int


class Paused(FundsiteError):
    """Too many tries: nothing was judged."""

    def __init__(self, until: datetime) -> None:
        """`until` is when the next try will be looked at."""
        super().__init__("too many tries")
        self.until = until

    @property
    def minutes(self) -> int:
        """How long to wait, in whole minutes."""
        left = (self.until - clock.now()).total_seconds()
        return max(1, -int(-left // 60))


def password_tries(account: str, address: str, device: str | None) -> list[Counted]:
    """Return who is counted when a password is tried for an account."""
    return _door_tries("password", account, address, device)


def passkey_tries(credential_id: str, address: str, device: str | None) -> list[Counted]:
    """Return who is counted when a passkey is tried."""
    return _door_tries("passkey", credential_id, address, device)


def _door_tries(way: str, account: str, address: str, device: str | None) -> list[Counted]:
    """Whichever way somebody tries to come in, an address that tries much is counted once."""
    if device:
        return [Counted(keyed_hash("tries", way, account, "device", device), 5)]
    pair = Counted(keyed_hash("tries", way, account, "from", network(address)), 5)
    return [pair, Counted(keyed_hash("tries", "password", "from", network(address)), 40)]


def code_tries(staff_id: int, address: str, device: str | None) -> list[Counted]:
    """Return who is counted when a code is tried. Whoever gets here knows the password.

    Six digits are few, so besides the pair the account is counted over all unknown browsers, generously.
    """
    if device:
        return [Counted(keyed_hash("tries", "code", staff_id, "device", device), 5)]
    pair = Counted(keyed_hash("tries", "code", staff_id, "from", network(address)), 5)
    return [pair, Counted(keyed_hash("tries", "code", staff_id), 60)]


def inside_tries(session_id: int) -> list[Counted]:
    """Return who is counted when somebody who is signed in proves it again."""
    return [Counted(keyed_hash("tries", "inside", session_id), 5)]


def mail_tries(account: str, address: str) -> list[Counted]:
    """Return who is counted when a mail is asked for, which costs its reader something."""
    pair = Counted(keyed_hash("tries", "mail", account, "from", network(address)), 3)
    return [pair, Counted(keyed_hash("tries", "mail", "from", network(address)), 20)]


def count(counted: Iterable[Counted]) -> None:
    """Count a try of each; Paused, with nothing counted, if one of them has to wait."""
    with transaction() as session:
        count_within(session, counted)


def count_within(session: Session, counted: Iterable[Counted]) -> None:
    """Count within the caller's transaction."""
    now = clock.now()
    pairs = [(_row(session, one.key, now), one) for one in sorted(counted, key=lambda one: one.key)]
    waits = [row.pause_until for row, _ in pairs if row.pause_until and row.pause_until > now]
    if waits:
        raise Paused(max(waits))
    for row, one in pairs:
        row.count = 1 if now - row.last_at > FORGOTTEN_AFTER else row.count + 1
        row.last_at = now
        row.pause_until = now + _pause(row.count - one.free) if row.count >= one.free else None
    session.flush()
    _sweep(session, now)


def take_back(session: Session, counted: Sequence[Counted]) -> None:
    """The try was right: who was counted for this account begins anew, and a whole address has one try less."""
    narrowest = counted[0]
    for one in sorted(counted, key=lambda one: one.key):  # in the order in which all lock them
        row = session.get(Tries, one.key, with_for_update=True)
        if row is not None:
            row.count, row.pause_until = 0 if one == narrowest else max(0, row.count - 1), None


def _pause(beyond: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(beyond, 10)), LONGEST_PAUSE)


def _row(session: Session, key: str, now: datetime) -> Tries:
    """Return the row of a key, locked; several processes that make it at once make one."""
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.execute(insert(Tries).values(key=key, count=0, last_at=now).on_conflict_do_nothing())
    return session.get_one(Tries, key, with_for_update=True, populate_existing=True)


def _sweep(session: Session, now: datetime) -> None:
    """Forget what is old. Rows that others hold are left: this waits for nobody."""
    old = select(Tries.key).where(Tries.last_at < now - FORGOTTEN_AFTER).limit(SWEPT_AT_ONCE)
    old = old.with_for_update(skip_locked=True)
    session.execute(delete(Tries).where(Tries.key.in_(old)))
