"""The sandbox itself: what every endpoint, page and background thread shares."""

import json
import threading

from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.clock import Clock
from fundsite.sandbox.config import SandboxConfig
from fundsite.sandbox.errors import missing
from fundsite.sandbox.faults import Faults
from fundsite.sandbox.ids import new_id
from fundsite.sandbox.store import Store


def metadata_of(params: JSON) -> JSON:
    """Return the metadata that a new object gets; a key with an empty value is none."""
    return {key: value for key, value in (params.get("metadata") or {}).items() if value != ""}


def merged_metadata(body: JSON, params: JSON) -> JSON:
    """Return an object's metadata after a change: keys are added one by one, and an empty value takes one away."""
    return metadata_of({"metadata": (body["metadata"] or {}) | (params.get("metadata") or {})})


class Sandbox:
    """One Stripe account in test mode."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.store = Store(config.data)
        self.clock = Clock(self.recall("clock").get("ahead", 0.0))
        self.faults = Faults(config.seed)
        self.nudge = threading.Event()  # set when there may be something to do in the background
        self.keys_in_use: set[str] = set()
        self.keys_lock = threading.Lock()

    def remember(self, name: str, value: JSON) -> None:
        """Keep a setting of the sandbox itself, for its next start."""
        self.store.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    def recall(self, name: str) -> JSON:
        """Return a setting that was kept, or nothing."""
        rows = self.store.execute("SELECT value FROM settings WHERE name = ?", (name,))
        value: JSON = json.loads(rows[0]["value"]) if rows else {}
        return value

    def need(self, kind: str, object_id: str, *, param: str = "id", status: int = 404) -> JSON:
        """Return the object as it is now; refuse an id that is not of this kind."""
        found = self.store.get(object_id, kind)
        if found is None:
            raise missing(kind, object_id, param=param, status=status)
        return found

    def later(self, seconds: float, job: str, object_id: str) -> None:
        """Have `job` done to an object in so many seconds of the sandbox's time, even after a restart."""
        sql = "INSERT INTO jobs (due_at, kind, object_id) VALUES (?, ?, ?)"
        self.store.execute(sql, (self.clock.now() + seconds, job, object_id))

    def born(self, prefix: str) -> JSON:
        """Return the fields that every new object starts with."""
        return {"id": new_id(prefix), "created": self.clock.seconds()}
