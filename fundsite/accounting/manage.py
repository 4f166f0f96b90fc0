"""The money room's first pages: the list of pledges, and one pledge's money."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from fundsite.access import ACCOUNTANT, for_roles
from fundsite.accounting import words
from fundsite.accounting.listing import ATTENTION, OFFLINE, Wanted, pledges_page
from fundsite.accounting.one_pledge import NoSuchPledge, money_page
from fundsite.campaigns.service import all_campaigns
from fundsite.i18n import gettext as _
from fundsite.labels import pledge_status
from fundsite.pledges.models import STATUSES
from fundsite.web import asked_number

bp = Blueprint("money", __name__, url_prefix="/staff/money")


@bp.get("/")
@for_roles(ACCOUNTANT)
def index() -> ResponseReturnValue:
    """Find pledges by reference, name or address."""
    asked = request.args
    wanted = Wanted(
        text=asked.get("q", "").strip(),
        status=asked.get("status", ""),
        slug=asked.get("campaign", ""),
        before=asked_number("before"),
    )
    return _list(wanted)


@bp.get("/campaigns/<slug>/waiting")
@for_roles(ACCOUNTANT)
def waiting(slug: str) -> ResponseReturnValue:
    """Show the pledges of a campaign that wait for a decision."""
    return _list(Wanted(status=ATTENTION, slug=slug))


def _list(wanted: Wanted) -> ResponseReturnValue:
    statuses = [(ATTENTION, _("確認が必要なもの")), (OFFLINE, _("現金・振込など"))]
    statuses += [(status, pledge_status(status)) for status in STATUSES]
    return render_template(
        "accounting/index.html",
        page=pledges_page(wanted),
        wanted=wanted,
        statuses=statuses,
        campaigns=all_campaigns(),
        labels=words,
    )


@bp.get("/pledges/<reference>/")
@for_roles(ACCOUNTANT)
def show(reference: str) -> ResponseReturnValue:
    """Show one pledge's money."""
    try:
        page = money_page(reference)
    except NoSuchPledge:
        abort(404)
    return render_template("accounting/pledge.html", page=page, labels=words)
