"""Reports, their readers and the people of staff who send them, for tests."""

from fundsite.db import transaction
from fundsite.pledges import access
from fundsite.pledges.models import Pledge
from fundsite.updates import notify
from fundsite.updates.models import Update
from support.staff import person, signed_in


def token_for(site, pledge):
    """Give a pledge, written as a row, the private link that a real one has; return its token."""
    with site.inside(), transaction() as session:
        token = access.token_of(pledge.reference)
        session.get_one(Pledge, pledge.id).token_hash = access.token_hash(token)
    return token


def start(site, update):
    """Tell a report's readers, as publishing does; return how many."""
    with site.inside(), transaction() as session:
        return notify.start(session, session.get_one(Update, update.id))


def recipients(site):
    """Return the addresses that got mail, in order."""
    return sorted(mail["To"] for mail in site.letterbox.mails)


def editor_of(site, role="editor"):
    """Return a browser in which somebody of staff is signed in."""
    return signed_in(site, person(site, role, name=role))
