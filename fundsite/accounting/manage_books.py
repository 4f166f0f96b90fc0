"""The books: what came and what it cost, day by day, and what Stripe sent to the bank."""

from collections.abc import Iterator, Sequence

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from fundsite import audit, clock
from fundsite.access import ACCOUNTANT, acting_staff, for_roles
from fundsite.accounting import words
from fundsite.accounting.files import LEDGER, PAYOUT, csv_answer, ledger_rows, payout_rows
from fundsite.books.days import Sums, sums_by_campaign, sums_by_day, total_of
from fundsite.books.models import Payout
from fundsite.books.payouts import NoSuchPayout, find_payout, lines_of, payouts_page
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import NoSuchCampaign, all_campaigns, find_campaign
from fundsite.csv_file import Cell
from fundsite.db import transaction
from fundsite.settings import current_settings
from fundsite.web import asked_number

bp = Blueprint("money_books", __name__, url_prefix="/staff/money/books")
payouts_bp = Blueprint("money_payouts", __name__, url_prefix="/staff/money/payouts")


@bp.get("/")
@for_roles(ACCOUNTANT)
def index() -> ResponseReturnValue:
    """Show every campaign's sums."""
    sums = sums_by_campaign()
    rows = [(campaign, sums.get(campaign.id, Sums())) for campaign in all_campaigns()]
    return render_template("accounting/books.html", rows=rows)


@bp.get("/<slug>/")
@for_roles(ACCOUNTANT)
def show(slug: str) -> ResponseReturnValue:
    """Show a campaign's sums of each day."""
    campaign = _found(slug)
    days = sums_by_day(campaign.id, current_settings().timezone)
    return render_template("accounting/book.html", campaign=campaign, days=days, total=total_of(days))


@bp.get("/<slug>/ledger.csv")
@for_roles(ACCOUNTANT)
def ledger_file(slug: str) -> ResponseReturnValue:
    """Give every entry as a file."""
    campaign = _found(slug)
    _noted("campaign", campaign.id)
    return csv_answer(f"{slug}-ledger-{_today()}", LEDGER, lambda: ledger_rows(campaign.id))


@payouts_bp.get("/")
@for_roles(ACCOUNTANT)
def index_payouts() -> ResponseReturnValue:
    """Show what Stripe sent to the bank."""
    payouts, next_before = payouts_page(asked_number("before"))
    return render_template("accounting/payouts.html", payouts=payouts, next_before=next_before, labels=words)


@payouts_bp.get("/<payout_id>/")
@for_roles(ACCOUNTANT)
def show_payout(payout_id: str) -> ResponseReturnValue:
    """Show what is in a payout, and what of it the books do not know."""
    payout = _payout(payout_id)
    lines = lines_of(payout)
    net = sum(matched.line.net for matched in lines)
    strange = [matched for matched in lines if not matched.is_explained]
    return render_template("accounting/payout.html", payout=payout, lines=lines, net=net, strange=strange, labels=words)


@payouts_bp.get("/<payout_id>/lines.csv")
@for_roles(ACCOUNTANT)
def payout_file(payout_id: str) -> ResponseReturnValue:
    """Give a payout's lines as a file."""
    payout = _payout(payout_id)

    def rows() -> Iterator[Sequence[Cell]]:
        return payout_rows(lines_of(payout))

    _noted("payout", payout.payout_id)
    return csv_answer(f"payout-{payout.arrives_on.isoformat()}-{payout_id}", PAYOUT, rows)


def _noted(kind: str, number: object) -> None:
    with transaction() as session:
        audit.record(session, acting_staff().id, "books.exported", kind, number)


def _today() -> str:
    return clock.local_day(clock.now(), current_settings().timezone).isoformat()


def _found(slug: str) -> Campaign:
    try:
        return find_campaign(slug)
    except NoSuchCampaign:
        abort(404)


def _payout(payout_id: str) -> Payout:
    try:
        return find_payout(payout_id)
    except NoSuchPayout:
        abort(404)
