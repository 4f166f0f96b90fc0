"""What supporters change by themselves: where a parcel goes, their answers, their public words.

Each change is written down for staff: which fields, and when; never what stood in them.
"""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import structlog

from fundsite import clock
from fundsite.db import transaction
from fundsite.errors import FundsiteError
from fundsite.fulfilment.batches import address_locked
from fundsite.pledges import lifecycle
from fundsite.pledges.change_models import PledgeChange
from fundsite.pledges.forms import ADDRESS
from fundsite.pledges.models import COUNTED, Pledge

log = structlog.get_logger()

DELIVERY = ("name", *ADDRESS, "answers")
PUBLIC_WORDS = ("display_name", "anonymous", "comment")
# Those for which something may still be sent.
OPEN = frozenset({"waiting", "declined", "ended", *COUNTED})


class Locked(FundsiteError):
    """The parcel is being prepared, or went out: the address stays as it is."""


class Over(FundsiteError):
    """Nothing will be sent for this pledge any more, or nothing is certain yet."""


class ChangedMeanwhile(FundsiteError):
    """Somebody changed the same since the form was shown, such as the supporter in another window."""


def seen(pledge: Pledge, fields: Iterable[str]) -> str:
    """Return what tells whether some of a pledge's fields have changed since."""
    values = {name: getattr(pledge, name) for name in fields}
    return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]


def is_open(pledge: Pledge) -> bool:
    """Whether a pledge, as it stands, is one for which something may still be sent."""
    return pledge.status in OPEN and pledge.erased_at is None


def change_delivery(pledge_id: int, shown: str, values: dict[str, Any]) -> None:
    """Change where a parcel goes and what was answered; `shown` is what `seen` said when the form was made.

    Raises Over, Locked and ChangedMeanwhile, with nothing changed. The same values sent twice are one change.
    """
    with transaction() as session:
        fixed = address_locked(session, pledge_id)
        pledge = lifecycle.locked(session, pledge_id)
        if not is_open(pledge):
            raise Over(pledge.reference)
        changed = _changed(pledge, values)
        if not changed:
            return
        if fixed:
            raise Locked(pledge.reference)
        if shown != seen(pledge, DELIVERY):
            raise ChangedMeanwhile(pledge.reference)
        session.add(_written(pledge, values, changed))


def change_words(pledge_id: int, shown: str, values: dict[str, Any]) -> None:
    """Change what the public page says of a backer, in every status: the words show once it is paid.

    Raises ChangedMeanwhile; an empty `shown` asks for no such care.
    """
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        changed = _changed(pledge, values)
        if changed and shown and shown != seen(pledge, PUBLIC_WORDS):
            raise ChangedMeanwhile(pledge.reference)
        if changed:
            session.add(_written(pledge, values, changed))


def _changed(pledge: Pledge, values: dict[str, Any]) -> list[str]:
    return [name for name, value in values.items() if getattr(pledge, name) != value]


def _written(pledge: Pledge, values: dict[str, Any], changed: list[str]) -> PledgeChange:
    for name in changed:
        setattr(pledge, name, values[name])
    log.info("pledge_changed", reference=pledge.reference, fields=changed)
    return PledgeChange(pledge_id=pledge.id, fields=changed, at=clock.now())
