"""What supporters ask about their personal data: to see it, to correct it, to erase it (開示・訂正・削除の請求)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from fundsite import audit, clock
from fundsite.campaigns.models import Campaign
from fundsite.db import db, transaction
from fundsite.pledges import lifecycle
from fundsite.pledges.models import Pledge
from fundsite.supporters.models import DataRequest


@dataclass(frozen=True)
class OpenRequest:
    """One request that waits for staff."""

    reference: str
    campaign_title: str
    kind: str
    asked_at: datetime


def ask_about_data(pledge_id: int, kind: str, message: str) -> None:
    """Write a request down for staff. One of a kind waits at a time; asked again, its newest words count."""
    with transaction() as session:
        lifecycle.locked(session, pledge_id)
        waiting = select(DataRequest).where(DataRequest.pledge_id == pledge_id, DataRequest.kind == kind)
        known = session.scalars(waiting.where(DataRequest.done_at.is_(None))).one_or_none()
        if known is None:
            session.add(DataRequest(pledge_id=pledge_id, kind=kind, message=message, asked_at=clock.now()))
        elif message:
            known.message = message


def requests_of(pledge_id: int) -> Sequence[DataRequest]:
    """Return what was asked for a pledge, the newest first."""
    mine = select(DataRequest).where(DataRequest.pledge_id == pledge_id)
    return db.session.scalars(mine.order_by(DataRequest.id.desc())).all()


def open_requests() -> list[OpenRequest]:
    """Return what waits for staff, the oldest first."""
    rows = db.session.execute(
        select(Pledge.reference, Campaign.title, DataRequest.kind, DataRequest.asked_at)
        .join(Pledge, Pledge.id == DataRequest.pledge_id)
        .join(Campaign, Campaign.id == Pledge.campaign_id)
        .where(DataRequest.done_at.is_(None))
        .order_by(DataRequest.id)
    )
    return [OpenRequest(*row) for row in rows]


def waiting_requests(campaign_id: int) -> Select[int]:
    """Select how many requests wait for staff in a campaign."""
    rows = select(func.count(DataRequest.id)).join(Pledge, Pledge.id == DataRequest.pledge_id)
    return rows.where(Pledge.campaign_id == campaign_id, DataRequest.done_at.is_(None))


def settle_request(request_id: int, pledge_id: int, staff_id: int) -> None:
    """Note that staff have done what was asked. Safe to call twice; another pledge's request is left alone."""
    with transaction() as session:
        lifecycle.locked(session, pledge_id)
        request = session.get(DataRequest, request_id)
        if request is None or request.pledge_id != pledge_id or request.done_at is not None:
            return
        request.done_at, request.done_by = clock.now(), staff_id
        audit.record(session, staff_id, "data_request.done", "pledge", pledge_id)
