"""The staff's pages of figures: all campaigns side by side, one campaign's dashboard, its tables as files."""

from collections.abc import Iterable, Sequence

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from fundsite import clock
from fundsite.access import for_roles
from fundsite.campaigns.present import card_of
from fundsite.campaigns.service import all_campaigns, find_campaign
from fundsite.csv_file import Cell, csv_bytes
from fundsite.i18n import gettext as _
from fundsite.pages.dashboard import campaign_days, dashboard, reward_lines
from fundsite.pledges.figures_by_day import figures_by_origin
from fundsite.rewards.service import rewards_of
from fundsite.settings import current_settings

bp = Blueprint("dashboard", __name__, url_prefix="/staff/campaigns")


@bp.get("/")
@for_roles()
def campaigns() -> ResponseReturnValue:
    """Show every campaign with its figures, and where to go from it."""
    now = clock.now()
    return render_template("pages/manage/campaigns.html", cards=[card_of(row, now) for row in all_campaigns()])


@bp.get("/<slug>/dashboard/")
@for_roles()
def show(slug: str) -> ResponseReturnValue:
    """Show a campaign's figures and what waits."""
    return render_template("pages/manage/dashboard.html", page=dashboard(slug))


@bp.get("/<slug>/dashboard/days.csv")
@for_roles()
def days_file(slug: str) -> ResponseReturnValue:
    """Give the figures of each day as a file."""
    header = (_("日付"), _("支援額"), _("支援者数"), _("支援額の累計"), _("支援者数の累計"))
    rows = (
        (day.start.isoformat(), day.amount, day.backers, day.amount_so_far, day.backers_so_far)
        for day in campaign_days(find_campaign(slug))
    )
    return _file(slug, "days", header, rows)


@bp.get("/<slug>/dashboard/rewards.csv")
@for_roles()
def rewards_file(slug: str) -> ResponseReturnValue:
    """Give the figures of each reward as a file."""
    header = (
        _("記号"),
        _("リターン名"),
        _("金額"),
        _("申込数"),
        _("お手続き中"),
        _("在庫数"),
        _("残り"),
        _("支援額（上乗せを含む）"),
    )
    campaign = find_campaign(slug)
    rows = (
        (line.code, line.title, line.price, line.pledged, line.at_checkout, line.stock, line.remaining, line.amount)
        for line in reward_lines(campaign.id, rewards_of(campaign.id))
    )
    return _file(slug, "rewards", header, rows)


@bp.get("/<slug>/dashboard/origins.csv")
@for_roles()
def origins_file(slug: str) -> ResponseReturnValue:
    """Give the figures of each origin as a file."""
    header = ("utm_source", "utm_medium", "utm_campaign", _("参照元のサイト"), _("支援者数"), _("支援額"))
    rows = (
        (found.utm_source, found.utm_medium, found.utm_campaign, found.referrer_host, found.backers, found.amount)
        for found in figures_by_origin(find_campaign(slug).id)
    )
    return _file(slug, "origins", header, rows)


def _file(slug: str, what: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    today = clock.local_day(clock.now(), current_settings().timezone)
    response = Response(csv_bytes(header, rows), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{slug}-{what}-{today.isoformat()}.csv")
    return response
