"""The list of donors as a file."""

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from fundsite import audit
from fundsite.access import ACCOUNTANT, acting_staff, for_roles
from fundsite.accounting.files import csv_answer
from fundsite.csv_file import Cell
from fundsite.db import transaction
from fundsite.fulfilment.export_xlsx import write_xlsx
from fundsite.receipts.donors import HEADER, donor_rows
from fundsite.receipts.forms import days_form
from fundsite.receipts.manage_issue import this_year

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTHS = {"氏名": 20, "住所": 50, "プロジェクト": 40, "受付番号": 12, "受領日": 12}

bp = Blueprint("receipts_donors", __name__, url_prefix="/staff/receipts/donors")


@bp.get("/")
@for_roles(ACCOUNTANT)
def index() -> ResponseReturnValue:
    """Ask for which time."""
    first, last = this_year()
    form = days_form(formdata=None, data={"from_on": first, "to_on": last})
    return render_template("receipts/donors.html", form=form)


@bp.get("/file")
@for_roles(ACCOUNTANT)
def file() -> ResponseReturnValue:
    """Give the list, as XLSX or CSV."""
    form = days_form(formdata=request.args)
    if not form.validate():
        return render_template("receipts/donors.html", form=form), 422
    first, last = form.from_on.data, form.to_on.data
    _noted(first, last)
    name = f"donors-{first}-{last}"
    if request.args.get("as") == "xlsx":
        return _xlsx(name, donor_rows(first, last))
    return csv_answer(name, HEADER, lambda: donor_rows(first, last))


def _xlsx(name: str, rows: Iterable[Sequence[Cell]]) -> Response:
    out = BytesIO()
    write_xlsx(out, HEADER, rows, WIDTHS, lambda _cut: None)
    response = Response(out.getvalue(), content_type=XLSX)
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.xlsx")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _noted(first: date, last: date) -> None:
    with transaction() as session:
        audit.record(session, acting_staff().id, "donors.exported", "site", 1, first=str(first), last=str(last))
