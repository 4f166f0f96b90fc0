"""The words of mails that bring links to the room: the links are made when a mail is sent, and lie in no table."""

from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.i18n import current_locale
from fundsite.letters import letter
from fundsite.mail import Letter, Writer
from fundsite.pledges import access
from fundsite.pledges.models import Pledge
from fundsite.supporters.lost_links import LOST, REPLACED, pledges_of


def _letter(event: str, pledges: list[Pledge]) -> Letter:
    locale = current_locale()
    links = [
        {
            "title": db.session.get_one(Campaign, pledge.campaign_id).title,
            "reference": pledge.reference,
            "url": access.private_url(pledge.reference, "", locale, pledge.link_number),
        }
        for pledge in pledges
    ]
    return letter(event, links=links)


def _lost(request_id: int) -> Letter | None:
    found = pledges_of(request_id)
    return _letter(LOST, found) if found else None


def _replaced(pledge_id: int) -> Letter:
    return _letter(REPLACED, [db.session.get_one(Pledge, pledge_id)])


WRITERS: dict[str, Writer] = {LOST: _lost, REPLACED: _replaced}
