"""One batch: its steps, what is the same for all its parcels, and its file."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect

from fundsite import clock
from fundsite.access import FULFILMENT, acting_staff, for_roles
from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.errors import FundsiteError
from fundsite.fulfilment import batches, words
from fundsite.fulfilment.carriers import BILLING, SENDER
from fundsite.fulfilment.corrections import find_batch
from fundsite.fulfilment.couriers import usual_courier
from fundsite.fulfilment.errors import NoSuchBatch, NothingOwed, NotReady, StillOpen, TooEarly, WrongStep
from fundsite.fulfilment.files import batch_file
from fundsite.fulfilment.forms import about_form, announce_form, courier_form
from fundsite.fulfilment.going_out import going_out
from fundsite.fulfilment.manage import no_such_batch
from fundsite.fulfilment.models import Batch
from fundsite.fulfilment.preflight import may_make_files, preflight
from fundsite.fulfilment.sender import describe
from fundsite.i18n import gettext as _

bp = Blueprint("shipping_batch", __name__, url_prefix="/staff/shipping/batches/<int:number>")
REFUSED = (WrongStep, TooEarly, NothingOwed, StillOpen, NotReady)


bp.register_error_handler(NoSuchBatch, no_such_batch)


@bp.get("/")
@for_roles(FULFILMENT)
def show(number: int) -> ResponseReturnValue:
    """Show a batch's steps and what can be done next."""
    return _page(number)


@bp.post("/announce")
@for_roles(FULFILMENT)
def announce(number: int) -> ResponseReturnValue:
    """Tell its supporters until when they may correct their address."""
    form = announce_form()
    if not form.validate():
        return _page(number), 422
    try:
        mails = batches.announce_batch(number, acting_staff().id, int(form.hours.data))
    except REFUSED as error:
        return _page(number, error), 409
    flash(_("%(count)s通のメールを送ります。") % {"count": f"{mails:,}"})
    return _back(number)


@bp.post("/lock")
@for_roles(FULFILMENT)
def lock(number: int) -> ResponseReturnValue:
    """Close the corrections."""
    try:
        batches.lock_batch(number, acting_staff().id)
    except REFUSED as error:
        return _page(number, error), 409
    flash(_("締め切りました。お届け先は、ここからは変わりません。"))
    return _back(number)


@bp.post("/dissolve")
@for_roles(FULFILMENT)
def dissolve(number: int) -> ResponseReturnValue:
    """Give the batch up."""
    try:
        batches.dissolve_batch(number, acting_staff().id)
    except REFUSED as error:
        return _page(number, error), 409
    flash(_("バッチを取りやめました。中のものは、別のバッチで送れます。"))
    return redirect(url_for("shipping.index"), 303)


@bp.post("/finish")
@for_roles(FULFILMENT)
def finish(number: int) -> ResponseReturnValue:
    """Close a batch of which everything went out."""
    try:
        batches.finish_batch(number, acting_staff().id)
    except REFUSED as error:
        return _page(number, error), 409
    return _back(number)


@bp.route("/about", methods=["GET", "POST"])
@for_roles(FULFILMENT)
def about(number: int) -> ResponseReturnValue:
    """Say what is the same for all parcels: contents, day, sender."""
    batch = find_batch(number)
    form = about_form(
        batch.kind, data={"title": batch.title, "ship_on": batch.ship_on, "contents": batch.contents, **batch.sender}
    )
    if not form.validate_on_submit():
        page = render_template("fulfilment/about.html", batch=batch, form=form)
        return page, 422 if form.errors else 200
    sender = {name: form[name].data or "" for name in (*SENDER, *BILLING) if name in form}
    try:
        describe(number, form.title.data, form.contents.data or "", form.ship_on.data or None, sender, _me())
    except REFUSED as error:
        return _page(number, error), 409
    flash(_("保存しました。"))
    return _back(number)


@bp.get("/carrier-file")
@for_roles(FULFILMENT)
def carrier_file(number: int) -> ResponseReturnValue:
    """Give the carrier's file; that it was taken stands in the audit log."""
    try:
        made = batch_file(number, _me())
    except REFUSED as error:
        return _page(number, error), 409
    kind = "application/zip" if made.suffix == "zip" else "text/csv; charset=shift_jis"
    response = Response(made.content, content_type=kind)
    name = f"{find_batch(number).kind}-{number}.{made.suffix}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _page(number: int, error: FundsiteError | None = None) -> str:
    batch = find_batch(number)
    checked = preflight(batch)
    return render_template(
        "fulfilment/batch.html",
        batch=batch,
        campaign=db.session.get_one(Campaign, batch.campaign_id),
        checked=checked,
        ready=may_make_files(batch, checked),
        early=_early(batch),
        out=going_out(batch),
        shipping_form=courier_form(usual_courier(batch.kind), formdata=None),
        form=_announcing(batch),
        refusal=_refusal(error) if error else "",
        lacking=_("、").join(dict.fromkeys(words.field_label(doubt.about) for doubt in checked.batch)),
        labels=words,
    )


def _early(batch: Batch) -> bool:
    return batch.status == "announced" and bool(batch.corrections_until and clock.now() < batch.corrections_until)


def _announcing(batch: Batch) -> FlaskForm | None:
    return announce_form(formdata=None) if batch.status == "open" and batch.kind != "mail" else None


def _refusal(error: FundsiteError) -> str:
    return {
        TooEarly: _("お知らせした訂正の期限が、まだ過ぎていません。"),
        NothingOwed: _("送るものが残っていません。バッチを取りやめてください。"),
        StillOpen: _("まだ発送の記録がないものがあります。"),
        NotReady: _("先に確認が必要なものがあります。"),
    }.get(type(error), _("ほかのスタッフが先に進めたようです。いまの状態をご確認ください。"))


def _me() -> int:
    return acting_staff().id


def _back(number: int) -> Redirect:
    return redirect(url_for("shipping_batch.show", number=number), 303)
