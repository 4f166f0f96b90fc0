"""Tracking numbers from a carrier's file: chosen, shown, and only then applied."""

from contextlib import closing

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import FULFILMENT, acting_staff, for_roles, takes_up_to
from fundsite.csv_upload import BadFile, text_of
from fundsite.fulfilment import tracking_file as files
from fundsite.fulfilment import words
from fundsite.fulfilment.corrections import find_batch
from fundsite.fulfilment.couriers import couriers, usual_courier
from fundsite.fulfilment.errors import NoSuchBatch, Overtaken
from fundsite.fulfilment.forms import columns_form, tracking_form
from fundsite.fulfilment.manage import no_such_batch
from fundsite.fulfilment.tracking import Plan, apply, homes, plan_of
from fundsite.i18n import gettext as _
from fundsite.i18n import ngettext

bp = Blueprint("shipping_tracking", __name__, url_prefix="/staff/shipping/tracking")

bp.register_error_handler(NoSuchBatch, no_such_batch)


@bp.route("/", methods=["GET", "POST"])
@for_roles(FULFILMENT)
@takes_up_to(files.LARGEST + files.LARGEST_TO_ASK)
def read() -> ResponseReturnValue:
    """Read a file and show what it would do; nothing is recorded yet."""
    form = tracking_form(_usual())
    if not form.validate_on_submit():
        return _page(form), 422 if form.errors else 200
    try:
        with closing(form.file.data) as upload:
            content = text_of(upload.read(), files.LARGEST)
        lines = files.table_of_file(content)
        columns = files.columns_of(lines)
        if columns is None:
            return _ask(lines, content, form.carrier.data)
    except BadFile as error:
        form.file.errors = [str(error)]
        return _page(form), 422
    return _preview(files.pairs_of(lines, columns, homes), form.carrier.data)


@bp.post("/columns")
@for_roles(FULFILMENT)
@takes_up_to(2 * files.LARGEST_TO_ASK)
def choose() -> ResponseReturnValue:
    """Read the file that went along by the columns that staff chose."""
    try:
        content = request.form.get("content", "")
        lines = files.table_of_file(content)
        form = _columns(lines)
        if not form.validate() or form.carrier.data not in couriers():
            return _ask(lines, content, form.carrier.data or ""), 422
    except BadFile:
        return redirect(url_for(".read"), 303)
    columns = files.chosen_columns(lines, int(form.reference.data), int(form.number.data))
    return _preview(files.pairs_of(lines, columns, homes), form.carrier.data)


@bp.post("/apply")
@for_roles(FULFILMENT)
def confirm() -> ResponseReturnValue:
    """Apply what the preview showed, all of it or nothing."""
    carrier = request.form.get("carrier", "")
    try:
        pairs = files.from_text(request.form.get("rows", ""))
    except BadFile:
        return redirect(url_for(".read"), 303)
    if carrier not in couriers():
        return redirect(url_for(".read"), 303)
    doubtful = "doubtful" in request.form
    try:
        count = apply(pairs, carrier, request.form.get("mark", ""), acting_staff().id, doubtful=doubtful)
    except Overtaken:
        problem = _("確認のあいだに状況が変わりました。何も取り込んでいません。もう一度ご確認ください。")
        return _preview(pairs, carrier, problem), 409
    said = ngettext("%(count)s件の追跡番号を取り込みました。", "%(count)s件の追跡番号を取り込みました。", count)
    flash(said % {"count": f"{count:,}"} if count else _("新しく取り込むものはありませんでした。"))
    return redirect(url_for("shipping.index"), 303)


def _usual() -> str:
    batch = request.args.get("batch", type=int)
    return usual_courier(find_batch(batch).kind if batch else "b2cloud")


def _page(form: FlaskForm) -> str:
    return render_template("fulfilment/tracking.html", form=form)


def _columns(lines: files.Lines) -> FlaskForm:
    sample = files.sample_of(lines)
    places = [
        (place, _("%(number)s列目: %(cells)s") % {"number": place + 1, "cells": "、".join(filter(None, cells))})
        for place, cells in sample
    ]
    return columns_form(places)


def _ask(lines: files.Lines, content: str, carrier: str) -> str:
    if len(content.encode()) > files.LARGEST_TO_ASK:
        raise BadFile(
            _(
                "受付番号と追跡番号の列を見分けられませんでした。1行目に「受付番号」「追跡番号」という見出しを書いてください。"
            )
        )
    form = _columns(lines)
    form.content.data, form.carrier.data = content, carrier
    return render_template("fulfilment/tracking_columns.html", form=form)


def _preview(pairs: list[files.Pair], carrier: str, problem: str = "") -> str:
    plan: Plan = plan_of(pairs, carrier)
    rows = files.as_text(pairs)
    return render_template("fulfilment/tracking_preview.html", plan=plan, rows_text=rows, problem=problem, labels=words)
