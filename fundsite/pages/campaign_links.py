"""Where staff can go from a campaign: one line per page, shown to those whose role may open it."""

from dataclasses import dataclass

from flask import current_app, g

from fundsite.access import PUBLIC
from fundsite.i18n import gettext as _


@dataclass(frozen=True)
class CampaignLink:
    """A page of one campaign; its view takes the campaign's `slug`."""

    endpoint: str
    label: str


def _all() -> tuple[CampaignLink, ...]:
    return (
        CampaignLink("dashboard.show", _("集計")),
        CampaignLink("comments.index", _("応援コメント")),
        CampaignLink("money_books.show", _("帳簿")),
        CampaignLink("pages_manage.overview", _("編集")),
        CampaignLink("pages.campaign", _("公開ページ")),
    )


def campaign_links() -> list[CampaignLink]:
    """Return the pages for whoever makes this request."""
    return [link for link in _all() if staff_may(link.endpoint)]


def staff_may(endpoint: str) -> bool:
    """Whether whoever makes this request may open a page."""
    return _may_open(getattr(current_app.view_functions[endpoint], "access", ()))


def _may_open(access: object) -> bool:
    return access == PUBLIC or (isinstance(access, frozenset) and g.staff.role in access)
