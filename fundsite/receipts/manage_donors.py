"""The list of donors as a file."""

from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from fundsite import audit
from fundsite.access import ACCOUNTANT, acting_staff, for_roles
from fundsite.accounting.files import csv_answer
from fundsite.db import transaction
from fundsite.receipts.donors import HEADER, donor_rows
from fundsite.receipts.forms import days_form
from fundsite.receipts.manage_issue import this_year

bp = Blueprint("receipts_donors", __name__, url_prefix="/staff/receipts/donors")


@bp.get("/")
@for_roles(ACCOUNTANT)
def index() -> ResponseReturnValue:
    """Ask for which time."""
    first, last = this_year()
    form = days_form(formdata=None, data={"from_on": first, "to_on": last})
    return render_template("receipts/donors.html", form=form)


@bp.get("/donors.csv")
@for_roles(ACCOUNTANT)
def file() -> ResponseReturnValue:
    """Give the list."""
    form = days_form(formdata=request.args)
    if not form.validate():
        return render_template("receipts/donors.html", form=form), 422
    first, last = form.from_on.data, form.to_on.data
    _noted(first, last)
    return csv_answer(f"donors-{first}-{last}", HEADER, lambda: donor_rows(first, last))


def _noted(first: date, last: date) -> None:
    with transaction() as session:
        audit.record(session, acting_staff().id, "donors.exported", "site", 1, first=str(first), last=str(last))
