"""The organisation whose site this is: one row, shown on every page."""

from dataclasses import dataclass

from flask import g
from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from fundsite import pictures
from fundsite.db import Base, JsonObject, JsonRows, db
from fundsite.media import Picture

THE_ONE = 1
# What `[receipts]` of site.toml may say; docs/operating.md tells what each is for.
RECEIPT_KEYS = (
    "name",
    "address",
    "phone",
    "representative",
    "registration_number",
    "certification_number",
    "certified_on",
    "certified_by",
    "activities",
    "note",
)


class Site(Base):
    """What `site.toml` says. There is one row, or none before the first load."""

    __tablename__ = "site"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=THE_ONE)
    name: Mapped[str]
    tagline: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    logo: Mapped[JsonObject | None]
    accent: Mapped[str] = mapped_column(default="#0b5f5a")
    languages: Mapped[list[str]] = mapped_column(default=lambda: ["ja", "en"])
    contact: Mapped[JsonObject] = mapped_column(default=dict)
    sns: Mapped[JsonRows] = mapped_column(default=list)
    legal: Mapped[JsonRows] = mapped_column(default=list)
    receipts: Mapped[JsonObject] = mapped_column(default=dict, server_default="{}")
    privacy: Mapped[str] = mapped_column(default="")
    privacy_html: Mapped[str] = mapped_column(default="")


@dataclass(frozen=True)
class SiteView:
    """What pages and mails say of the organisation."""

    name: str
    tagline: str
    description: str
    logo: Picture | None
    accent: str
    contact_email: str
    contact_phone: str
    contact_address: str
    contact_hours: str
    sns: tuple[tuple[str, str], ...]
    languages: tuple[str, ...]
    legal: tuple[tuple[str, str], ...]
    privacy_html: str


UNNAMED = Site(name="fundsite", tagline="", description="", accent="#0b5f5a", languages=["ja", "en"], privacy_html="")


def current_site() -> SiteView:
    """Return the organisation, read once per request."""
    if "site" not in g:
        g.site = _view(db.session.get(Site, THE_ONE) or UNNAMED)
    found: SiteView = g.site
    return found


def _view(site: Site) -> SiteView:
    contact = site.contact or {}
    return SiteView(
        name=site.name,
        tagline=site.tagline,
        description=site.description,
        logo=pictures.picture_of(site.logo, site.name),
        accent=site.accent,
        contact_email=contact.get("email", ""),
        contact_phone=contact.get("phone", ""),
        contact_address=contact.get("address", ""),
        contact_hours=contact.get("hours", ""),
        sns=tuple((link["label"], link["url"]) for link in site.sns or []),
        languages=tuple(site.languages),
        legal=tuple((item["label"], item["text"]) for item in site.legal or []),
        privacy_html=site.privacy_html,
    )
