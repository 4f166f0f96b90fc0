"""Who issues receipts: what `[receipts]` of site.toml says, else the site's own name and address."""

from fundsite.db import JsonObject, db
from fundsite.i18n import gettext as _
from fundsite.receipts.models import DONATION
from fundsite.site import THE_ONE, Site

CERTIFIED = ("certification_number", "certified_on", "activities")


def issuer() -> JsonObject:
    """Return what stands on a receipt about the organisation."""
    site = db.session.get(Site, THE_ONE)
    if site is None:
        return {}
    contact = site.contact or {}
    given = {"name": site.name, "address": contact.get("address", ""), "phone": contact.get("phone", "")}
    return {key: value for key, value in {**given, **(site.receipts or {})}.items() if value}


def lacking(said: JsonObject, kind: str) -> list[str]:
    """Return what the organisation must still say of itself before it may issue receipts of a kind."""
    names = {
        "name": _("団体の名前"),
        "address": _("団体の住所"),
        "certification_number": _("認定の番号"),
        "certified_on": _("認定の日"),
        "activities": _("特定非営利活動の内容"),
    }
    needed = ("name", "address", *(CERTIFIED if kind == DONATION else ()))
    return [names[key] for key in needed if not said.get(key)]
