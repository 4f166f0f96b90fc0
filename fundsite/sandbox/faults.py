"""What goes wrong on purpose: a network and an API that lose, double, delay and fail, as data."""

import fnmatch
import random
import threading
from dataclasses import asdict, dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class WebhookFaults:
    """What may befall webhooks whose type fits `match`.

    Chances from 0 to 1: to be lost, to come twice, to come `late_seconds` late, or to be held back until a later one
    has come (`reorder`). All wait for `delay_seconds`. What stands in `next` befalls the next ones for certain, one
    each, in this order: lose, double, late, reorder or deliver.
    """

    match: str = "*"
    lose: float = 0.0
    double: float = 0.0
    late: float = 0.0
    late_seconds: float = 5.0
    reorder: float = 0.0
    delay_seconds: float = 0.0
    next: tuple[str, ...] = ()


FATES = ("lose", "double", "late", "reorder", "deliver")


@dataclass(frozen=True)
class Fate:
    """What becomes of one webhook."""

    copies: int = 1
    delay: float = 0.0
    held: bool = False


@dataclass
class ApiFault:
    """One thing that befalls requests matching `METHOD /path`; `*` in it stands for anything.

    A delay comes before the act, while the idempotency key is in use. A `status` answers instead of acting, with
    `after_act` after it; `retry_after` and `should_retry` are headers that then come along. `drop_request` closes the
    connection instead of acting, `drop_reply_after_act` after it; `delay_after_act_seconds` holds the reply back, so
    that the one who asked runs out of patience while the act is done.
    """

    match: str
    times: int | None = None
    probability: float = 1.0
    delay_seconds: float = 0.0
    status: int | None = None
    code: str | None = None
    after_act: bool = False
    retry_after: int | None = None
    should_retry: bool | None = None
    delay_after_act_seconds: float = 0.0
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
        webhooks = _webhooks(document.get("webhooks", {}))
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

    def fate(self, kind: str) -> Fate:
        """Throw the dice for one webhook, unless its fate stands in `next`."""
        with self._lock:
            faults = self.webhooks
            if not fnmatch.fnmatchcase(kind, faults.match):
                return Fate()
            if faults.next:
                word, *rest = faults.next
                self.webhooks = replace(faults, next=tuple(rest))
                struck = {word}
            else:
                struck = {word for word in FATES[:-1] if self._dice.random() < getattr(faults, word)}
        if "lose" in struck:
            return Fate(copies=0)
        late = faults.late_seconds if struck & {"late", "reorder"} else 0.0
        return Fate(2 if "double" in struck else 1, faults.delay_seconds + late, "reorder" in struck)


def _webhooks(entry: dict[str, Any]) -> WebhookFaults:
    faults: WebhookFaults = _built(WebhookFaults, entry)
    unknown = set(faults.next) - set(FATES)
    if unknown:
        raise ValueError(f"unknown fault: {', '.join(sorted(unknown))}")
    return replace(faults, next=tuple(faults.next))


def _built(kind: type[Any], entry: dict[str, Any]) -> Any:
    unknown = entry.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"unknown fault: {', '.join(sorted(unknown))}")
    return kind(**entry)
