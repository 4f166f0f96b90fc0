"""The words of the door's mails, found when they are sent: the links are made again then, and lie in no table."""

from fundsite.audit import AuditEntry
from fundsite.db import db
from fundsite.i18n import current_locale
from fundsite.letters import letter
from fundsite.mail import Letter, Writer
from fundsite.settings import current_settings
from fundsite.staff.acts import action_label
from fundsite.staff.changes import CHANGED
from fundsite.staff.keys import link_token
from fundsite.staff.models import Invitation, PasswordReset, Staff
from fundsite.staff.words import role_hint, role_label


def _address(path: str) -> str:
    settings, locale = current_settings(), current_locale()
    prefix = "" if locale == settings.locale else f"/{locale}"
    return f"{settings.site_url}{prefix}/staff/{path}"


def _reset(reset_id: int) -> Letter:
    row = db.session.get_one(PasswordReset, reset_id)
    person = db.session.get_one(Staff, row.staff_id)
    link = _address(f"reset/{link_token('reset', row.nonce)}/")
    return letter("staff_reset", name=person.name or person.email, link=link, expires_at=row.expires_at)


def _invitation(invitation_id: int) -> Letter:
    row = db.session.get_one(Invitation, invitation_id)
    host = db.session.get_one(Staff, row.invited_by)
    return letter(
        "staff_invitation",
        host=host.name or host.email,
        role=role_label(row.role),
        role_hint=role_hint(row.role),
        link=_address(f"welcome/{link_token('invitation', row.nonce)}/"),
        expires_at=row.expires_at,
    )


def _change(entry_id: int) -> Letter:
    entry = db.session.get_one(AuditEntry, entry_id)
    person = db.session.get_one(Staff, int(entry.object_id))
    return letter(
        CHANGED,
        name=person.name or person.email,
        change=action_label(entry.action),
        at=entry.at,
        by_others=entry.staff_id != person.id,
        link=_address("reset/"),
    )


WRITERS: dict[str, Writer] = {"staff_reset": _reset, "staff_invitation": _invitation, CHANGED: _change}
