"""The list of donors (寄附者名簿): each gift of a fiscal year with its donor's name and address, kept for five years.

The public support test counts donors of 3,000円 or more a year whose name and address are known. Who lives in one
household, and who is an officer, the site does not know: staff look at that.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from fundsite.csv_file import Cell
from fundsite.db import db, release
from fundsite.pledges.models import Pledge
from fundsite.receipts.people import folded, recipient_of
from fundsite.receipts.received import Received, all_received, came_within

LEAST = 3_000  # of yen in a fiscal year [認定特定非営利活動法人制度, 絶対値基準]
CHUNK = 200
# In Japanese in every language: this is the form of a document. docs/interface.md says what each column holds.
HEADER = ("氏名", "住所", "寄附金額", "受領日", "受付番号", "プロジェクト", "期間内の寄附の合計", "3,000円以上")


@dataclass(frozen=True)
class Gift:
    """One gift, its donor by a key that is the same for the same supporter."""

    donor: tuple[str, str]
    name: str
    address: str
    received: Received


def donor_rows(from_on: date, to_on: date) -> Iterator[Sequence[Cell]]:
    """Yield the gifts of a time, a donor's one after the other. What pays for rewards is no gift and left out."""
    gifts = list(_gifts(from_on, to_on))
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for gift in gifts:
        totals[gift.donor] += gift.received.gift
    known = {gift.donor for gift in gifts if gift.name and gift.address}
    for gift in sorted(gifts, key=lambda one: (one.donor[::-1], one.received.received_on, one.received.entry_id)):
        total = totals[gift.donor]
        yield (
            *(gift.name, gift.address, gift.received.gift, gift.received.received_on.isoformat()),
            *(gift.received.reference, gift.received.campaign, total),
            "○" if total >= LEAST and gift.donor in known else "",
        )


def _gifts(from_on: date, to_on: date) -> Iterator[Gift]:
    session, after = db.session(), 0
    while pledges := _pledges(session, from_on, to_on, after):
        for pledge in pledges:
            said = recipient_of(session, [pledge])
            donor = (pledge.email.lower() or f"#{pledge.id}", folded(pledge.name))
            for line in all_received(session, [pledge], from_on, to_on):
                if line.gift > 0:
                    yield Gift(donor, said["name"], said["address"].replace("\n", " "), line)
        after = pledges[-1].id
        release()


def _pledges(session: Session, from_on: date, to_on: date, after: int) -> Sequence[Pledge]:
    rows = select(Pledge).where(Pledge.id > after, Pledge.id.in_(came_within(from_on, to_on)))
    return session.scalars(rows.order_by(Pledge.id).limit(CHUNK)).all()
