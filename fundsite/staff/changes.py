"""Changes of what opens the staff room, written down and told by mail to whose account it is."""

from sqlalchemy.orm import Session

from fundsite import audit, mail
from fundsite.i18n import current_locale
from fundsite.staff.models import Staff

CHANGED = "staff_changed"


def note_change(session: Session, staff_id: int, action: str, *, by: int | None, **detail: object) -> None:
    """Record a change of somebody's password, codes or passkeys within the caller's transaction, and announce the mail.

    Each change is told, for it may be the only sign that somebody else is at the account: a mail is about its entry
    in the log.
    """
    entry = audit.record(session, by, action, "staff", staff_id, **detail)
    session.flush()
    mail.announce(session, CHANGED, entry.id, session.get_one(Staff, staff_id).email, current_locale())
