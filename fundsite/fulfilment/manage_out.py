"""A batch goes out: recorded with or without numbers, undone, come back; or sent by mail."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Redirect

from fundsite.access import FULFILMENT, acting_staff, for_roles, takes_up_to
from fundsite.fulfilment import reward_mail, shipping, words
from fundsite.fulfilment.corrections import find_batch
from fundsite.fulfilment.couriers import MAIL, tracking_url
from fundsite.fulfilment.errors import NoSuchBatch, NotReady, WrongStep
from fundsite.fulfilment.forms import courier_form, reward_mail_form
from fundsite.fulfilment.manage import no_such_batch
from fundsite.fulfilment.models import Batch
from fundsite.i18n import gettext as _
from fundsite.i18n import ngettext
from fundsite.media import FileRefused
from fundsite.media.files import MAX_RECORDING, MEGABYTE
from fundsite.updates.reading_files import as_file
from fundsite.updates.taking import why_refused

bp = Blueprint("shipping_out", __name__, url_prefix="/staff/shipping/batches/<int:number>")

bp.register_error_handler(NoSuchBatch, no_such_batch)


@bp.errorhandler(WrongStep)
def wrong_step(_error: WrongStep) -> ResponseReturnValue:
    """Lead back to the batch: it is at another step than the page said."""
    flash(_("ほかのスタッフが先に進めたようです。いまの状態をご確認ください。"))
    return _back((request.view_args or {})["number"])


@bp.post("/ship")
@for_roles(FULFILMENT)
def ship(number: int) -> ResponseReturnValue:
    """Record that everything that waits has gone out, without tracking numbers."""
    form = courier_form("other")
    if not form.validate():
        return _back(number)
    _say(shipping.ship_batch(number, form.carrier.data, acting_staff().id))
    return _back(number)


@bp.post("/undo/<int:first>")
@for_roles(FULFILMENT)
def undo(number: int, first: int) -> ResponseReturnValue:
    """Take back what was recorded together."""
    _say_undone(shipping.undo(number, first, acting_staff().id))
    return _back(number)


@bp.get("/shipments/")
@for_roles(FULFILMENT)
def shipments(number: int) -> ResponseReturnValue:
    """List what has gone out, and what of it came back."""
    batch = find_batch(number)
    rows = shipping.shipments_of(number)
    return render_template("fulfilment/shipments.html", batch=batch, rows=rows, labels=words, tracking_url=tracking_url)


@bp.post("/shipments/<int:shipment>/undo")
@for_roles(FULFILMENT)
def undo_one(number: int, shipment: int) -> ResponseReturnValue:
    """Take one back."""
    _say_undone(shipping.undo_one(number, shipment, acting_staff().id))
    return redirect(url_for(".shipments", number=number), 303)


@bp.post("/shipments/<int:shipment>/returned")
@for_roles(FULFILMENT)
def returned(number: int, shipment: int) -> ResponseReturnValue:
    """Record that a parcel came back."""
    if shipping.came_back(number, shipment, acting_staff().id):
        flash(_("戻ってきたことを記録しました。お届け先を尋ねるメールを送ります。新しいバッチで送り直せます。"))
    return redirect(url_for(".shipments", number=number), 303)


@bp.route("/text", methods=["GET", "POST"])
@for_roles(FULFILMENT)
@takes_up_to(MAX_RECORDING + MEGABYTE)
def text(number: int) -> ResponseReturnValue:
    """Write the words, and choose the file, that are a reward."""
    batch = _by_mail(number)
    written = reward_mail.text_of_batch(number)
    form = reward_mail_form(data={"subject": written.subject, "body": written.body} if written else None)
    if not form.validate_on_submit() or not _taken(number, form):
        return _text_page(batch, form), 422 if form.errors else 200
    reward_mail.write(number, form.subject.data, form.body.data, acting_staff().id)
    flash(_("保存しました。まだ送っていません。"))
    return redirect(url_for(".text", number=number), 303)


@bp.get("/text/file")
@for_roles(FULFILMENT)
def file(number: int) -> ResponseReturnValue:
    """Give the file, as those will have it to whom it is sent."""
    found = reward_mail.file_of_batch(_by_mail(number))
    if found is None:
        abort(404)
    return as_file(found)


@bp.post("/text/detach")
@for_roles(FULFILMENT)
def detach(number: int) -> ResponseReturnValue:
    """Send no file after all."""
    reward_mail.detach(number, acting_staff().id)
    return redirect(url_for(".text", number=number), 303)


@bp.post("/send")
@for_roles(FULFILMENT)
def send(number: int) -> ResponseReturnValue:
    """Let the outbox send the words."""
    try:
        count = reward_mail.send(number, acting_staff().id)
    except NotReady:
        return redirect(url_for(".text", number=number), 303)
    flash(_("%(count)s通のメールを送ります。") % {"count": f"{count:,}"})
    return _back(number)


def _taken(number: int, form: FlaskForm) -> bool:
    upload = form.file.data
    if not upload or not upload.filename:
        return True
    try:
        reward_mail.attach(number, upload.stream, upload.filename, acting_staff().id)
    except FileRefused as refused:
        form.file.errors = [why_refused(refused)]
        return False
    return True


def _text_page(batch: Batch, form: FlaskForm) -> str:
    written = reward_mail.text_of_batch(batch.id)
    sent = bool(shipping.recordings(batch.id))
    return render_template("fulfilment/text.html", batch=batch, form=form, written=written, sent=sent)


def _by_mail(number: int) -> Batch:
    batch = find_batch(number)
    if batch.kind != MAIL:
        abort(404)
    return batch


def _say(count: int) -> None:
    flash(
        ngettext("%(count)s件を発送済みにしました。", "%(count)s件を発送済みにしました。", count)
        % {"count": f"{count:,}"}
    )


def _say_undone(count: int) -> None:
    said = ngettext("%(count)s件の発送の記録を取り消しました。", "%(count)s件の発送の記録を取り消しました。", count)
    flash(said % {"count": f"{count:,}"})


def _back(number: int) -> Redirect:
    return redirect(url_for("shipping_batch.show", number=number), 303)
