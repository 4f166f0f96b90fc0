"""Receipts in bulk: asked for, looked at, issued by the worker, printed."""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite import audit
from fundsite.access import ACCOUNTANT, acting_staff, for_roles
from fundsite.campaigns.service import all_campaigns
from fundsite.db import transaction
from fundsite.receipts import words
from fundsite.receipts.files import PART, ZIP_PART, papers_of_run, part_of_run, pdf_of, zip_of
from fundsite.receipts.forms import run_form, start_form
from fundsite.receipts.issuer import issuer, lacking
from fundsite.receipts.manage_issue import this_year
from fundsite.receipts.models import ReceiptRun
from fundsite.receipts.runs import RunOrder, ask_for_run, find_run, latest_runs, preview_run
from fundsite.receipts.views import pdf_answer
from fundsite.web import LARGEST_ID, asked_number

bp = Blueprint("receipts_runs", __name__, url_prefix="/staff/receipts/runs")


@bp.get("/")
@for_roles(ACCOUNTANT)
def index() -> ResponseReturnValue:
    """Ask which receipts, and list the runs."""
    first, last = this_year()
    form = run_form(all_campaigns(), formdata=None, data={"from_on": first, "to_on": last})
    return render_template("receipts/runs.html", form=form, runs=latest_runs(), labels=words)


@bp.get("/preview")
@for_roles(ACCOUNTANT)
def look() -> ResponseReturnValue:
    """Show what a run would issue, and what is missing."""
    form = run_form(all_campaigns(), formdata=request.args)
    order = _order(form)
    if order is None:
        return render_template("receipts/runs.html", form=form, runs=latest_runs(), labels=words), 422
    return render_template(
        "receipts/run_preview.html",
        order=order,
        found=preview_run(order),
        missing=lacking(issuer(), order.kind),
        start=start_form(),
        labels=words,
    )


@bp.post("/preview")
@for_roles(ACCOUNTANT)
def start() -> ResponseReturnValue:
    """Ask the worker for it."""
    order = _order(run_form(all_campaigns(), formdata=request.args))
    form = start_form()
    if order is None or not form.validate_on_submit() or lacking(issuer(), order.kind):
        abort(422)
    return redirect(url_for(".show", number=ask_for_run(order, form.attempt.data, acting_staff().id)), 303)


def _order(form: FlaskForm) -> RunOrder | None:
    if not form.validate():
        return None
    campaign = next((one.id for one in all_campaigns() if one.slug == form.campaign.data), None)
    return RunOrder(
        form.kind.data, form.per.data, form.from_on.data, form.to_on.data, campaign, bool(form.sends_mail.data)
    )


@bp.get("/<int:number>/")
@for_roles(ACCOUNTANT)
def show(number: int) -> ResponseReturnValue:
    """Show how far a run is, and its files."""
    run, count = _found(number), papers_of_run(number)
    return render_template(
        "receipts/run.html",
        run=run,
        count=count,
        prints=_parts(count, PART),
        zips=_parts(count, ZIP_PART),
        labels=words,
    )


def _parts(count: int, size: int) -> list[tuple[int, int, int]]:
    """Return the files that so many papers make: number, first and last paper."""
    return [(part, part * size + 1, min(count, (part + 1) * size)) for part in range((count + size - 1) // size)]


@bp.get("/<int:number>/print.pdf")
@for_roles(ACCOUNTANT)
def print_file(number: int) -> ResponseReturnValue:
    """Give the receipts of a run as one file."""
    receipts, part = _downloaded(number, PART)
    return pdf_answer(pdf_of(receipts), f"receipts-{number}-{part + 1}")


@bp.get("/<int:number>/receipts.zip")
@for_roles(ACCOUNTANT)
def zip_file(number: int) -> ResponseReturnValue:
    """Give the receipts of a run as a file each, in a ZIP."""
    receipts, part = _downloaded(number, ZIP_PART)
    response = Response(zip_of(receipts), content_type="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"receipts-{number}-{part + 1}.zip")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _downloaded(number: int, size: int) -> tuple[list[int], int]:
    _found(number)
    part = min(asked_number("part") or 0, papers_of_run(number) // size)
    receipts = part_of_run(number, part, size)
    if not receipts:
        abort(404)
    with transaction() as session:
        audit.record(
            session, acting_staff().id, "receipts.exported", "receipt_run", number, part=part + 1, count=len(receipts)
        )
    return receipts, part


def _found(number: int) -> ReceiptRun:
    run = find_run(min(number, LARGEST_ID))
    if run is None:
        abort(404)
    return run
