"""All state, in one SQLite file (or in memory): what is committed survives the process being killed."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fundsite.sandbox.catalogue import DATA, JSON

SCHEMA = (DATA / "schema.sql").read_text(encoding="utf-8")
LINKED = (
    "payment_intent",
    "customer",
    "charge",
    "source",
    "subscription",
    "payment_method",
    "product",
)  # list filters that must not walk through everything
FOREVER = 1 << 62
EVERYTHING = 1 << 31
LINK = "INSERT OR IGNORE INTO links (name, value, seq) VALUES (?, ?, ?)"

DOWN = (
    "SELECT id, body FROM objects WHERE kind = :kind AND seq > :low AND seq < :high"
    " AND created BETWEEN :since AND :until ORDER BY seq DESC"
)
UP = (
    "SELECT id, body FROM objects WHERE kind = :kind AND seq > :low AND seq < :high"
    " AND created BETWEEN :since AND :until ORDER BY seq"
)
LINKED_DOWN = (
    "SELECT id, body FROM links JOIN objects USING (seq) WHERE name = :name AND value = :value"
    " AND kind = :kind AND seq > :low AND seq < :high AND created BETWEEN :since AND :until ORDER BY seq DESC"
)
LINKED_UP = (
    "SELECT id, body FROM links JOIN objects USING (seq) WHERE name = :name AND value = :value"
    " AND kind = :kind AND seq > :low AND seq < :high AND created BETWEEN :since AND :until ORDER BY seq"
)


@dataclass(frozen=True)
class Wanted:
    """Which objects of a kind a list asks for; `above` and `below` are places in the order of creation."""

    kind: str
    above: int = 0
    below: int = FOREVER
    since: int = 0
    until: int = FOREVER
    link: tuple[str, str] | None = None
    accepts: Callable[[JSON], bool] = field(default=lambda _body: True)


class Store:
    """One connection behind one lock: transactions queue up, and nothing half done is ever seen."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything done inside, or nothing of it. May be nested: the outermost decides."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("COMMIT")

    def execute(self, sql: str, values: Mapping[str, Any] | tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        """Run one statement and return its rows."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def clear(self) -> None:
        """Forget every row."""
        for table in ("objects", "links", "jobs", "deliveries", "replies", "settings"):
            self.execute(f"DELETE FROM {table}")  # noqa: S608 -- the names stand above

    def add(self, body: JSON, hidden: JSON | None = None, links: Mapping[str, str] | None = None) -> JSON:
        """Keep a new object; `hidden` is what the sandbox must know of it but never says."""
        row = (body["id"], body["object"], body.get("created", 0), _dump(body), _dump(hidden or {}))
        sql = "INSERT INTO objects (id, kind, created, body, hidden) VALUES (?, ?, ?, ?, ?)"
        with self.transaction():
            self.execute(sql, row)
            self._link(body, links or {})
        return body

    def save(self, body: JSON) -> JSON:
        """Replace what is known of an object."""
        with self.transaction():
            self.execute("UPDATE objects SET body = ? WHERE id = ?", (_dump(body), body["id"]))
            self._link(body, {})
        return body

    def hide(self, object_id: str, hidden: JSON) -> None:
        """Replace what is known of an object and never said."""
        self.execute("UPDATE objects SET hidden = ? WHERE id = ?", (_dump(hidden), object_id))

    def link(self, object_id: str, name: str, value: str) -> None:
        """Let a list find an object by something that does not stand in it."""
        self.execute(LINK, (name, value, self.place(object_id)))

    def _link(self, body: JSON, more: Mapping[str, str]) -> None:
        seq = self.place(body["id"])
        for name, value in [(name, body.get(name)) for name in LINKED] + list(more.items()):
            if isinstance(value, str):
                self.execute(LINK, (name, value, seq))

    def get(self, object_id: str, kind: str | None = None) -> JSON | None:
        """Return an object as it is now, or None if there is none of that kind."""
        rows = self.execute("SELECT kind, body FROM objects WHERE id = ?", (object_id,))
        if not rows or (kind and rows[0]["kind"] != kind):
            return None
        body: JSON = json.loads(rows[0]["body"])
        return body

    def hidden(self, object_id: str) -> JSON:
        rows = self.execute("SELECT hidden FROM objects WHERE id = ?", (object_id,))
        hidden: JSON = json.loads(rows[0]["hidden"]) if rows else {}
        return hidden

    def place(self, object_id: str) -> int | None:
        """Return where an object stands in the order of creation, or None if nobody knows it."""
        rows = self.execute("SELECT seq FROM objects WHERE id = ?", (object_id,))
        return rows[0]["seq"] if rows else None

    def select(self, wanted: Wanted, limit: int, *, upwards: bool = False) -> list[JSON]:
        """Return up to `limit` wanted objects, newest first; `upwards`: those nearest the lower end."""
        values = {"kind": wanted.kind, "low": wanted.above, "high": wanted.below}
        values |= {"since": wanted.since, "until": wanted.until}
        sql = UP if upwards else DOWN
        if wanted.link:
            sql = LINKED_UP if upwards else LINKED_DOWN
            values |= dict(zip(("name", "value"), wanted.link, strict=True))
        found: list[JSON] = []
        with self._lock:
            for row in self._db.execute(sql, values):
                body = json.loads(row["body"])
                if wanted.accepts(body):
                    found.append(body)
                if len(found) == limit:
                    break
        return found[::-1] if upwards else found


def _dump(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False)
