"""The staff's pages about one person's data: what was asked, what is kept, the private link, and erasing it all."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fundsite.access import FULFILMENT, OWNER, acting_staff, for_roles
from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.i18n import gettext as _
from fundsite.pledges.models import Pledge
from fundsite.supporters.erasing import StillNeeded, erase_person, why_needed
from fundsite.supporters.everything import as_json, everything_about
from fundsite.supporters.found import changes_of, find_by_reference
from fundsite.supporters.lost_links import NoAddress, replace_link
from fundsite.supporters.requests import open_requests, requests_of, settle_request
from fundsite.supporters.words import request_label, row_words, table_label

bp = Blueprint("personal_data", __name__, url_prefix="/staff/personal-data")


@bp.get("/")
@for_roles(FULFILMENT)
def index() -> ResponseReturnValue:
    """List what was asked and waits, and find a pledge by its reference."""
    typed = request.args.get("reference", "").strip()
    if typed and (pledge := find_by_reference(typed)):
        return redirect(url_for(".show", reference=pledge.reference), 303)
    return render_template(
        "supporters/manage/index.html", requests=open_requests(), typed=typed, request_label=request_label
    )


@bp.get("/<reference>/")
@for_roles(FULFILMENT)
def show(reference: str) -> ResponseReturnValue:
    """Show one pledge's requests, changes and link."""
    return _page("supporters/manage/show.html", _found(reference))


@bp.post("/<reference>/requests/<int:number>/done")
@for_roles(FULFILMENT)
def done(reference: str, number: int) -> ResponseReturnValue:
    """Note that a request was answered."""
    settle_request(number, _found(reference).id, acting_staff().id)
    flash(_("対応済みにしました。"))
    return redirect(url_for(".show", reference=reference), 303)


@bp.post("/<reference>/link")
@for_roles(FULFILMENT)
def link(reference: str) -> ResponseReturnValue:
    """Replace the private link, and mail the new one."""
    number = request.form.get("link_number", type=int)
    try:
        replace_link(_found(reference).id, -1 if number is None else number, acting_staff().id)
    except NoAddress:
        flash(_("メールアドレスがないため、リンクを送れませんでした。"))
    else:
        flash(_("リンクを新しくして、支援者にメールでお送りしました。これまでのリンクは使えません。"))
    return redirect(url_for(".show", reference=reference), 303)


@bp.get("/<reference>/everything")
@for_roles(FULFILMENT)
def everything(reference: str) -> ResponseReturnValue:
    """Show all that is kept of a person under this pledge, to be read out or printed."""
    pledge = _found(reference)
    found = everything_about(pledge.id, acting_staff().id, "page")
    tables = [(table_label(name), [row_words(row) for row in rows]) for name, rows in found.items()]
    return _page("supporters/manage/everything.html", _found(reference), tables=tables)


@bp.get("/<reference>/everything.json")
@for_roles(FULFILMENT)
def everything_json(reference: str) -> Response:
    """Give the same as a file."""
    pledge = _found(reference)
    found = everything_about(pledge.id, acting_staff().id, "json")
    headers = {"Content-Disposition": f'attachment; filename="personal-data-{pledge.reference}.json"'}
    return Response(as_json(found), mimetype="application/json", headers=headers)


@bp.route("/<reference>/erase", methods=["GET", "POST"])
@for_roles(OWNER)
def erase(reference: str) -> ResponseReturnValue:
    """Say what goes and what stays, and erase it once that is confirmed."""
    pledge = _found(reference)
    why = why_needed(db.session(), pledge)
    if request.method == "GET":
        return _page("supporters/manage/erase.html", pledge, why=why)
    if request.form.get("sure") != "y":
        return _page("supporters/manage/erase.html", pledge, why=why, unsure=True), 422
    try:
        erase_person(pledge.id, acting_staff().id)
    except StillNeeded as error:
        return _page("supporters/manage/erase.html", _found(reference), why=str(error)), 409
    flash(_("個人情報を消去しました。"))
    return redirect(url_for(".show", reference=reference), 303)


def _found(reference: str) -> Pledge:
    pledge = find_by_reference(reference)
    if pledge is None:
        abort(404)
    return pledge


def _page(template: str, pledge: Pledge, **more: object) -> str:
    return render_template(
        template,
        pledge=pledge,
        campaign=db.session.get_one(Campaign, pledge.campaign_id),
        requests=requests_of(pledge.id),
        changes=changes_of(pledge.id),
        request_label=request_label,
        **more,
    )
