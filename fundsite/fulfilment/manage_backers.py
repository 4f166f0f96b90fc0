"""The backer list in the staff room: finding supporters, filters under names, notes."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fundsite import text
from fundsite.access import ACCOUNTANT, FULFILMENT, acting_staff, for_roles
from fundsite.campaigns.service import all_campaigns
from fundsite.fulfilment import backer_words
from fundsite.fulfilment.backer_filter import SHIPPING, Wanted, wanted_of
from fundsite.fulfilment.backer_index import keep_newest
from fundsite.fulfilment.backer_views import TooManyViews, choices, drop_view, save_view, views
from fundsite.fulfilment.backer_words import options, query_of, wanted_in
from fundsite.fulfilment.backers import backers_page
from fundsite.fulfilment.obligations import keep_obligations
from fundsite.fulfilment.one_backer import LONGEST_MEMO, NoSuchBacker, backer_page, write_memo
from fundsite.fulfilment.words import courier_label
from fundsite.i18n import gettext as _
from fundsite.labels import pledge_status
from fundsite.pledges.models import STATUSES
from fundsite.web import asked_number

bp = Blueprint("backers", __name__, url_prefix="/staff/backers")
LONGEST_NAME = 60


@bp.get("/")
@for_roles(FULFILMENT, ACCOUNTANT)
def index() -> ResponseReturnValue:
    """Show who is looked for."""
    wanted, before = wanted_in(request.args), asked_number("before")
    keep_newest()
    keep_obligations()
    return render_template(
        "fulfilment/backers.html",
        page=backers_page(wanted, before),
        before=before,
        campaigns=all_campaigns(),
        choices=choices(wanted.campaign_id),
        views=[(view, url_for("backers.view", number=view.id)) for view in views()],
        **filter_parts(wanted),
    )


def filter_parts(wanted: Wanted) -> dict[str, Any]:
    """Return what the filter's form and summary show."""
    statuses = {status: pledge_status(status) for status in STATUSES}
    return {
        "wanted": wanted,
        "query": query_of(wanted),
        "statuses": options(STATUSES, statuses),
        "shippings": [(status, backer_words.shipping_label(status)) for status in SHIPPING],
        "prefectures": text.PREFECTURES,
        "labels": backer_words,
        "said": backer_words.filter_words(wanted, {one.id: one.title for one in all_campaigns()}, statuses),
    }


@bp.post("/")
@for_roles(FULFILMENT, ACCOUNTANT)
def find() -> ResponseReturnValue:
    """Take the filter's form to an address in which no name can be read."""
    return redirect(url_for("backers.index", **query_of(wanted_in(request.form))), 303)


@bp.get("/views/<int:number>")
@for_roles(FULFILMENT, ACCOUNTANT)
def view(number: int) -> ResponseReturnValue:
    """Show what a named filter asks for."""
    found = next((one for one in views() if one.id == number), None)
    if found is None:
        abort(404)
    return redirect(url_for("backers.index", **query_of(wanted_of(found.wanted))), 303)


@bp.post("/views")
@for_roles(FULFILMENT, ACCOUNTANT)
def save() -> ResponseReturnValue:
    """Keep the filter under a name."""
    wanted, name = wanted_in(request.form), text.line(request.form.get("name", ""))
    if not name or len(name) > LONGEST_NAME:
        flash(_("条件の名前を、60文字までで入力してください。"))
    else:
        try:
            save_view(name, wanted, acting_staff().id)
            flash(_("条件「%(name)s」を保存しました。") % {"name": name})
        except TooManyViews:
            flash(_("保存できる条件は50個までです。使わないものを削除してください。"))
    return redirect(url_for("backers.index", **query_of(wanted)), 303)


@bp.post("/views/<int:number>/drop")
@for_roles(FULFILMENT, ACCOUNTANT)
def drop(number: int) -> ResponseReturnValue:
    """Forget a named filter."""
    drop_view(number, acting_staff().id)
    flash(_("条件を削除しました。"))
    return redirect(url_for("backers.index"), 303)


@bp.get("/<reference>/")
@for_roles(FULFILMENT, ACCOUNTANT)
def show(reference: str) -> ResponseReturnValue:
    """Show everything about one supporter's pledge."""
    try:
        page = backer_page(reference)
    except NoSuchBacker:
        abort(404)
    return render_template(
        "fulfilment/backer.html", page=page, labels=backer_words, courier_label=courier_label, longest=LONGEST_MEMO
    )


@bp.post("/<reference>/memo")
@for_roles(FULFILMENT, ACCOUNTANT)
def memo(reference: str) -> ResponseReturnValue:
    """Keep a note of staff about a pledge."""
    said = text.lines(request.form.get("memo", ""))
    if len(said) > LONGEST_MEMO:
        flash(_("メモは2,000文字までで入力してください。保存していません。"))
    else:
        try:
            write_memo(reference, said, acting_staff().id)
        except NoSuchBacker:
            abort(404)
        flash(_("メモを保存しました。"))
    return redirect(url_for("backers.show", reference=reference), 303)
