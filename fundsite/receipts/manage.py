"""The receipts for staff: the list, one receipt, printing it again, making it void."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fundsite import audit
from fundsite.access import ACCOUNTANT, acting_staff, for_roles
from fundsite.db import db, transaction
from fundsite.i18n import gettext as _
from fundsite.pledges.models import Pledge
from fundsite.receipts import words
from fundsite.receipts.files import pdf_of, unsayable
from fundsite.receipts.forms import void_form
from fundsite.receipts.listing import Sought, receipts_page
from fundsite.receipts.models import Receipt
from fundsite.receipts.service import (
    NoSuchReceipt,
    NotAllowed,
    find_receipt,
    is_outdated,
    lines_of_receipt,
    reissue,
    reissues_of,
    send,
    void,
)
from fundsite.receipts.views import pdf_answer
from fundsite.web import LARGEST_ID, asked_number

bp = Blueprint("receipts", __name__, url_prefix="/staff/receipts")


@bp.get("/")
@for_roles(ACCOUNTANT)
def index() -> ResponseReturnValue:
    """List receipts."""
    asked = request.args
    sought = Sought(asked.get("q", "").strip(), asked.get("kind", ""), asked.get("status", ""), asked_number("before"))
    return render_template("receipts/index.html", page=receipts_page(sought), sought=sought, labels=words)


@bp.get("/<int:number>/")
@for_roles(ACCOUNTANT)
def show(number: int) -> ResponseReturnValue:
    """Show one receipt."""
    return _page(_found(number), void_form())


def _page(receipt: Receipt, form: object) -> str:
    return render_template(
        "receipts/show.html",
        receipt=receipt,
        lines=lines_of_receipt(receipt.id),
        reissues=reissues_of(receipt.id),
        outdated=receipt.status == "issued" and is_outdated(db.session(), receipt),
        lacking=unsayable(receipt.id),
        email=db.session.get_one(Pledge, receipt.pledge_id).email,
        form=form,
        labels=words,
    )


@bp.get("/<int:number>/receipt.pdf")
@for_roles(ACCOUNTANT)
def file(number: int) -> ResponseReturnValue:
    """Give the newest paper of a receipt, or an earlier one."""
    receipt = _found(number)
    copy = asked_number("copy")
    with transaction() as session:
        audit.record(session, acting_staff().id, "receipt.downloaded", "receipt", number, number=receipt.label)
    return pdf_answer(pdf_of([number], copy), receipt.label)


@bp.post("/<int:number>/reissue")
@for_roles(ACCOUNTANT)
def issue_again(number: int) -> ResponseReturnValue:
    """Write one more paper, which says 再発行."""
    return _done(number, lambda: reissue(number, acting_staff().id), _("再発行しました。番号は変わりません。"))


@bp.post("/<int:number>/send")
@for_roles(ACCOUNTANT)
def send_link(number: int) -> ResponseReturnValue:
    """Mail the link."""
    return _done(number, lambda: send(number, acting_staff().id), _("受け取り用のリンクをメールで送ります。"))


def _done(number: int, act: Callable[[], None], said: str) -> ResponseReturnValue:
    _found(number)
    try:
        act()
    except NotAllowed:
        said = _("無効、または返金のあった領収書のため、できませんでした。")
    flash(said)
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<int:number>/void")
@for_roles(ACCOUNTANT)
def make_void(number: int) -> ResponseReturnValue:
    """Make a receipt void, for a reason."""
    receipt, form = _found(number), void_form()
    if not form.validate_on_submit():
        return _page(receipt, form), 422
    void(number, form.reason.data, acting_staff().id)
    flash(_("無効にしました。同じ入金について、新しい領収書を発行できます。"))
    return redirect(url_for(".show", number=number), 303)


def _found(number: int) -> Receipt:
    try:
        return find_receipt(min(number, LARGEST_ID))
    except NoSuchReceipt:
        abort(404)
