"""Which mails a supporter wants. What a pledge itself causes is sent in any case."""

from sqlalchemy.orm import Session

from fundsite import clock
from fundsite.db import db, transaction
from fundsite.mail.suppression import STOPPED, suppress, suppressing, welcome_back
from fundsite.pledges import lifecycle
from fundsite.pledges.change_models import PledgeChange
from fundsite.pledges.models import Pledge
from fundsite.updates.audience import topic_of


def wanted_mails(pledge: Pledge) -> dict[str, bool]:
    """Return which mails go to a pledge's address: notices of the campaign's reports, and news."""
    return {"reports": _told(db.session(), pledge), "newsletter": pledge.newsletter}


def choose_mails(pledge_id: int, *, reports: bool, newsletter: bool) -> None:
    """Keep which mails are wanted. Notices of reports are stopped and resumed for the pledge's address."""
    with transaction() as session:
        pledge = lifecycle.locked(session, pledge_id)
        told, changed = _told(session, pledge), []
        if told and not reports:
            suppress(session, pledge.email, topic_of(pledge.campaign_id), STOPPED)
        elif reports and not told:
            welcome_back(session, pledge.email, topic_of(pledge.campaign_id))
        if told != reports:
            changed.append("reports")
        if pledge.newsletter != newsletter:
            pledge.newsletter = newsletter
            changed.append("newsletter")
        if changed:
            session.add(PledgeChange(pledge_id=pledge.id, fields=changed, at=clock.now()))


def _told(session: Session, pledge: Pledge) -> bool:
    return session.scalar(suppressing(pledge.email, topic_of(pledge.campaign_id)).limit(1)) is None
