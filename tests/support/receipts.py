"""What the tests of receipts share: a certified body, money in the books, receipts of it."""

from datetime import UTC, date, datetime

from fundsite.books.models import LedgerEntry
from fundsite.db import transaction
from fundsite.pledges.models import Pledge
from fundsite.receipts.drafts import Wanted
from fundsite.receipts.service import issue
from fundsite.site import Site

BODY = {
    "name": "認定特定非営利活動法人ゆうげの間",
    "address": "〒123-4567 東京都見本区見本町1-2-3",
    "phone": "03-0000-0000",
    "representative": "代表理事 山﨑 桜",
    "certification_number": "3見本第1234号",
    "certified_on": "令和5年2月20日",
    "certified_by": "東京都",
    "activities": "子どもの健全育成を図る活動",
    "note": "確定申告のときに、この証明書を添えてください。",
}
HOME = {
    "postal_code": "123-4567",
    "region": "東京都",
    "city": "見本区",
    "line1": "見本町1-2-3",
    "line2": "髙﨑マンション101",
    "country": "JP",
}
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
IN_MAY = datetime(2026, 5, 1, 3, tzinfo=UTC)


def certified(site, **more):
    """Make the site that of a certified body."""
    with site.inside(), transaction() as session:
        session.merge(Site(id=1, name="ゆうげの間", contact={"email": "info@example.org"}, receipts={**BODY, **more}))


def booked(site, pledge, amount=None, kind="charge", at=IN_MAY, source=None):
    """Write money of a pledge into the books; return the entry's number."""
    with site.inside(), transaction() as session:
        entry = LedgerEntry(
            campaign_id=pledge.campaign_id,
            pledge_id=pledge.id,
            reference=pledge.reference,
            kind=kind,
            source=source or f"{kind}-{pledge.id}-{at.isoformat()}",
            amount=pledge.total if amount is None else amount,
            currency="JPY",
            occurred_at=at,
            recorded_at=datetime.now(UTC),
        )
        session.add(entry)
        session.flush()
        return entry.id


def paid_pledge(site, make, campaign, reward=None, **values):
    """Make a pledge with an address and its money."""
    pledge = make.paid(campaign, reward, **{"name": "𠮷田 はな", **HOME, **values})
    booked(site, pledge)
    return pledge


def issued(site, pledge, staff, kind="receipt", **more):
    """Issue a receipt for all that came in the year; return its number in the database."""
    with site.inside():
        return issue(Wanted(pledge.id, kind, *YEAR, **more), staff)


def changed(site, pledge, **values):
    """Change a pledge's row."""
    with site.inside(), transaction() as session:
        row = session.get_one(Pledge, pledge.id)
        for name, value in values.items():
            setattr(row, name, value)
