"""What goes wrong on purpose: a network and an API that lose, double, delay and fail, as data."""

import fnmatch
import random
import threading
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class WebhookFaults:
    """Chances from 0 to 1, and a delay before the first attempt."""

    lose: float = 0.0
    double: float = 0.0
    delay_seconds: float = 0.0


@dataclass
class ApiFault:
    """One thing that befalls requests matching `METHOD /path`; `*` in it stands for anything.

    A delay comes before the act, while the idempotency key is in use. A `status` answers instead of acting.
    `drop_request` closes the connection instead of acting, `drop_reply_after_act` after it.
    """

    match: str
    times: int | None = None
    probability: float = 1.0
    delay_seconds: float = 0.0
    status: int | None = None
    code: str | None = None
    drop_request: bool = False
    drop_reply_after_act: bool = False


class Faults:
    """The faults in force. A seed makes the dice fall the same way each time."""

    def __init__(self, seed: int | None) -> None:
        self._lock = threading.Lock()
        self._dice = random.Random(seed)  # noqa: S311 -- chance, not secrecy
        self.webhooks = WebhookFaults()
        self.api: list[ApiFault] = []

    def put(self, document: dict[str, Any]) -> None:
        """Replace the faults that `document` names: `webhooks`, `api`, `seed`. A wrong one changes none."""
        unknown = document.keys() - {"webhooks", "api", "seed"}
        if unknown:
            raise ValueError(f"unknown fault: {', '.join(sorted(unknown))}")
        webhooks = _built(WebhookFaults, document.get("webhooks", {}))
        api = [_built(ApiFault, entry) for entry in document.get("api", [])]
        with self._lock:
            if "seed" in document:
                self._dice.seed(document["seed"])
            self.webhooks = webhooks if "webhooks" in document else self.webhooks
            self.api = api if "api" in document else self.api

    def clear(self) -> None:
        with self._lock:
            self.webhooks, self.api = WebhookFaults(), []

    def document(self) -> dict[str, Any]:
        with self._lock:
            return {"webhooks": asdict(self.webhooks), "api": [asdict(fault) for fault in self.api]}

    def strike(self, method: str, path: str) -> ApiFault | None:
        """Return the first fault that befalls this request, and use it up by one."""
        with self._lock:
            for fault in self.api:
                hit = fault.times != 0 and fnmatch.fnmatchcase(f"{method} {path}", fault.match)
                if hit and self._dice.random() < fault.probability:
                    fault.times = fault.times if fault.times is None else fault.times - 1
                    return fault
        return None

    def copies(self) -> int:
        """Throw the dice for one webhook: 0 if it is lost, 2 if it comes twice, else 1."""
        with self._lock:
            if self._dice.random() < self.webhooks.lose:
                return 0
            return 2 if self._dice.random() < self.webhooks.double else 1


def _built(kind: type[Any], entry: dict[str, Any]) -> Any:
    unknown = entry.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"unknown fault: {', '.join(sorted(unknown))}")
    return kind(**entry)
