"""The staff room's navigation: each entry is shown to those whose role may call its view."""

from dataclasses import dataclass

from flask import current_app, g

from fundsite.i18n import gettext as _


@dataclass(frozen=True)
class NavItem:
    """An entry."""

    endpoint: str
    label: str


def _all() -> tuple[NavItem, ...]:
    return (
        NavItem("staff.home", _("はじめのページ")),
        NavItem("campaigns_manage.index", _("プロジェクト")),
    )


def staff_nav() -> list[NavItem]:
    """Return the entries for whoever makes this request."""
    role = g.staff.role
    views = current_app.view_functions
    return [item for item in _all() if role in getattr(views[item.endpoint], "access", ())]
