"""Exports in the staff room: asking for a file, fetching it, and the record of who took what and why."""

from dataclasses import replace
from pathlib import Path

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite import clock
from fundsite.access import ACCOUNTANT, FULFILMENT, OWNER, acting_staff, for_roles
from fundsite.campaigns.service import all_campaigns
from fundsite.fulfilment import backer_words
from fundsite.fulfilment.backer_filter import Wanted, wanted_of
from fundsite.fulfilment.backer_forms import columns_form, export_form
from fundsite.fulfilment.backer_models import Export
from fundsite.fulfilment.backer_rows import HEADER
from fundsite.fulfilment.backer_words import wanted_in
from fundsite.fulfilment.backers import backers_page
from fundsite.fulfilment.exports import (
    NoSuchExport,
    Order,
    ask,
    choose_columns,
    exports_page,
    fetch,
    find_export,
    left_out,
    told_path,
)
from fundsite.fulfilment.manage_backers import filter_parts
from fundsite.i18n import gettext as _
from fundsite.settings import current_settings
from fundsite.updates.people import names_of
from fundsite.web import asked_number

bp = Blueprint("backers_exports", __name__, url_prefix="/staff/backers/exports")


@bp.get("/")
@for_roles(FULFILMENT, ACCOUNTANT)
def index() -> ResponseReturnValue:
    """Show who took what, and why."""
    exports, next_before = exports_page(asked_number("before"))
    return render_template(
        "fulfilment/exports.html",
        exports=[(export, _said(export)) for export in exports],
        names=names_of(export.asked_by for export in exports),
        next_before=next_before,
        labels=backer_words,
    )


@bp.route("/new", methods=["GET", "POST"])
@for_roles(FULFILMENT, ACCOUNTANT)
def new() -> ResponseReturnValue:
    """Ask for a file of those who are looked for."""
    wanted = wanted_in(request.values)
    campaigns = [(one.id, one.title) for one in all_campaigns()]
    form = export_form(campaigns, campaign=str(wanted.campaign_id or ""))
    if not form.validate_on_submit():
        parts = filter_parts(wanted)
        carried = {name: value for name, value in parts["query"].items() if name != "campaign"}
        page = backers_page(wanted)
        return render_template(
            "fulfilment/export_new.html", form=form, carried_query=carried, page=page, **parts
        ), 422 if form.errors else 200
    number = ask(_order(form, wanted), acting_staff().id)
    return redirect(url_for("backers_exports.show", number=number), 303)


def _order(form: FlaskForm, wanted: Wanted) -> Order:
    return Order(
        attempt=f"{acting_staff().id}:{form.attempt.data}",
        wanted=replace(wanted, campaign_id=int(form.campaign.data)),
        kind=form.kind.data,
        encoding=form.encoding.data,
        reason=form.reason.data,
        password=form.password.data or "",
    )


@bp.get("/<int:number>/")
@for_roles(FULFILMENT, ACCOUNTANT)
def show(number: int) -> ResponseReturnValue:
    """Show how far a file is, and where it can be fetched."""
    try:
        export = find_export(number, acting_staff())
    except NoSuchExport:
        abort(404)
    return render_template("fulfilment/export.html", export=export, said=_said(export), labels=backer_words)


@bp.get("/<int:number>/file")
@for_roles(FULFILMENT, ACCOUNTANT)
def file(number: int) -> ResponseReturnValue:
    """Give the file to whoever asked for it."""
    export, path = _fetched(number)
    today = clock.local_day(clock.now(), current_settings().timezone)
    return _private(path, f"backers-{export.id}-{today.isoformat()}{path.suffix}")


@bp.get("/<int:number>/replaced.csv")
@for_roles(FULFILMENT, ACCOUNTANT)
def replaced(number: int) -> ResponseReturnValue:
    """Give the list of what the file's encoding could not say."""
    _export, path = _fetched(number)
    told = told_path(path)
    if not told.is_file():
        abort(404)
    return _private(told, f"backers-{number}-replaced.csv")


def _fetched(number: int) -> tuple[Export, Path]:
    try:
        return fetch(number, acting_staff())
    except NoSuchExport:
        abort(404)


def _private(path: Path, name: str) -> Response:
    response = send_file(path, as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/columns", methods=["GET", "POST"])
@for_roles(OWNER)
def columns() -> ResponseReturnValue:
    """Choose which columns the site's exports hold."""
    form = columns_form(columns=[name for name in HEADER if name not in left_out()])
    if not form.validate_on_submit():
        return render_template("fulfilment/export_columns.html", form=form), 422 if form.errors else 200
    choose_columns(form.columns.data, acting_staff().id)
    flash(_("書き出す列を保存しました。"))
    return redirect(url_for("backers_exports.columns"), 303)


def _said(export: Export) -> list[str]:
    wanted = wanted_of(export.wanted)
    parts = filter_parts(wanted)
    said: list[str] = parts["said"]
    return said
