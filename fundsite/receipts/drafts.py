"""What a receipt would say by now, and what is in the way of issuing it."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from fundsite.db import JsonObject, db
from fundsite.pledges.models import Pledge
from fundsite.receipts.models import DONATION, SUPPORTER
from fundsite.receipts.people import pledges_of_supporter, recipient_of
from fundsite.receipts.received import Received, received

NO_NAME, NO_ADDRESS, NOTHING, NO_GIFT, MIXED = "no_name", "no_address", "nothing", "no_gift", "mixed"


@dataclass(frozen=True)
class Wanted:
    """Which receipt: of one pledge or of its supporter, for money that came within days. `recipient` is asked for."""

    pledge_id: int
    kind: str
    from_on: date
    to_on: date
    per: str = "pledge"
    campaign_id: int | None = None
    recipient: JsonObject | None = None
    sends_mail: bool = False
    run_id: int | None = None


@dataclass(frozen=True)
class Draft:
    """What a receipt would say, and what is in the way."""

    pledge: Pledge
    recipient: JsonObject
    lines: list[Received]
    problems: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """What it comes to."""
        return sum(line.amount for line in self.lines)

    @property
    def consideration(self) -> int:
        """What of it pays for rewards."""
        return sum(line.consideration for line in self.lines)

    @property
    def gift(self) -> int:
        """What of it is given."""
        return self.total - self.consideration


def compose(session: Session, wanted: Wanted) -> Draft:
    """Return what the receipt would say by now; nothing is kept."""
    pledge = session.get_one(Pledge, wanted.pledge_id)
    together = wanted.per == SUPPORTER
    pledges = pledges_of_supporter(session, pledge, wanted.campaign_id) if together else [pledge]
    recipient = wanted.recipient or recipient_of(session, pledges)
    lines = received(session, pledges, wanted.from_on, wanted.to_on)
    draft = Draft(pledges[-1] if together else pledge, recipient, lines)
    draft.problems.extend(_problems(draft, wanted.kind))
    return draft


def _problems(draft: Draft, kind: str) -> list[str]:
    found = {
        NOTHING: not draft.lines,
        MIXED: len({line.currency for line in draft.lines}) > 1,
        NO_GIFT: bool(draft.lines) and kind == DONATION and draft.gift == 0,
        NO_NAME: not draft.recipient["name"],
        NO_ADDRESS: kind == DONATION and not draft.recipient["address"],
    }
    return [name for name, is_so in found.items() if is_so]


def preview(wanted: Wanted) -> Draft:
    """Return what the receipt would say, for staff to look at before it is issued."""
    return compose(db.session(), wanted)
