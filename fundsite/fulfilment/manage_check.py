"""The pre-flight check of a batch: what is doubtful, proposals, and correcting one parcel."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import FULFILMENT, acting_staff, for_roles
from fundsite.fulfilment import words
from fundsite.fulfilment.batches import take_out
from fundsite.fulfilment.corrections import Parcel, correct, correct_many, find_batch, find_parcel
from fundsite.fulfilment.errors import AddressChanged, NoSuchBatch, WrongStep
from fundsite.fulfilment.forms import recipient_form
from fundsite.fulfilment.manage import no_such_batch
from fundsite.fulfilment.models import Batch
from fundsite.fulfilment.preflight import preflight
from fundsite.fulfilment.recipients import FIELDS
from fundsite.i18n import gettext as _

bp = Blueprint("shipping_check", __name__, url_prefix="/staff/shipping/batches/<int:number>")


bp.register_error_handler(NoSuchBatch, no_such_batch)


@bp.get("/check")
@for_roles(FULFILMENT)
def show(number: int) -> ResponseReturnValue:
    """List what is doubtful, those first that keep the files from being made, and then every parcel."""
    batch = find_batch(number)
    return render_template("fulfilment/check.html", batch=batch, checked=preflight(batch), labels=words)


@bp.post("/check/proposals")
@for_roles(FULFILMENT)
def take_proposals(number: int) -> ResponseReturnValue:
    """Take every proposal for letters that the carrier cannot print."""
    try:
        count = correct_many(number, preflight(find_batch(number)).proposals, acting_staff().id)
    except WrongStep:
        return redirect(url_for("shipping_batch.show", number=number), 303)
    flash(_("%(count)s件を、候補の文字に直しました。支援者の登録は変わりません。") % {"count": f"{count:,}"})
    return redirect(url_for(".show", number=number), 303)


@bp.route("/items/<int:item_id>/", methods=["GET", "POST"])
@for_roles(FULFILMENT)
def item(number: int, item_id: int) -> ResponseReturnValue:
    """Correct one parcel; the supporter's own data stay."""
    batch = find_batch(number)
    parcel = find_parcel(batch, item_id)
    form = _form(parcel)
    if not form.is_submitted():
        return _page(batch, parcel, form)
    if not form.validate():
        return _page(batch, parcel, form), 422
    wanted = {name: form[name].data or "" for name in FIELDS}
    try:
        correct(number, item_id, form.version.data, wanted, acting_staff().id)
    except AddressChanged:
        parcel = find_parcel(batch, item_id)
        return _page(batch, parcel, _form(parcel, fresh=True), _changed()), 409
    except WrongStep:
        return redirect(url_for("shipping_batch.show", number=number), 303)
    flash(_("この荷物のお届け先を保存しました。"))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/items/<int:item_id>/out")
@for_roles(FULFILMENT)
def out(number: int, item_id: int) -> ResponseReturnValue:
    """Take one thing out of the batch."""
    try:
        take_out(number, item_id, acting_staff().id)
    except WrongStep:
        flash(_("発送が済んでいるため、外せません。"))
        return redirect(url_for(".show", number=number), 303)
    flash(_("バッチから外しました。"))
    return redirect(url_for(".show", number=number), 303)


def _form(parcel: Parcel, *, fresh: bool = False) -> FlaskForm:
    said = {name: parcel.to[name] for name in FIELDS} | {"version": parcel.version}
    more = {"formdata": None} if fresh else {}
    return recipient_form(abroad=parcel.to["country"] not in ("", "JP"), data=said, **more)


def _page(batch: Batch, parcel: Parcel, form: FlaskForm, problem: str = "") -> str:
    checked = next((one for one in preflight(batch).parcels if one.parcel.item_id == parcel.item_id), None)
    return render_template(
        "fulfilment/item.html", batch=batch, checked=checked, parcel=parcel, form=form, problem=problem, labels=words
    )


def _changed() -> str:
    return _("支援者がお届け先を変更しました。いまの内容をご確認ください。")
