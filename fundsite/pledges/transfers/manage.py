"""The staff's pages of transfers that came short, over or late."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import ACCOUNTANT, acting_staff, for_roles
from fundsite.i18n import gettext as _
from fundsite.pledges.staff_forms import return_form
from fundsite.pledges.transfers import service as transfers
from fundsite.pledges.transfers.service import NothingOpen, TransferCase

bp = Blueprint("transfers", __name__, url_prefix="/staff/transfers")


@bp.get("/")
@for_roles(ACCOUNTANT)
def index() -> ResponseReturnValue:
    """List the transfers that somebody must settle."""
    return render_template("pledges/manage/transfers.html", cases=transfers.open_cases())


@bp.get("/<int:number>/")
@for_roles(ACCOUNTANT)
def show(number: int) -> ResponseReturnValue:
    """Show one transfer and how it can be settled."""
    case = _found(number)
    return _page(case, return_form(data={"amount": str(case.amount)}))


@bp.post("/<int:number>/wait")
@for_roles(ACCOUNTANT)
def wait(number: int) -> ResponseReturnValue:
    """Await the rest for another week."""
    case = _found(number)
    try:
        transfers.wait_longer(case.pledge_id, acting_staff().id)
    except NothingOpen:
        return _changed(case)
    flash(_("期限を、今日から7日後まで延ばしました。支援者の専用ページにも、新しい期限が出ます。"))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<int:number>/return")
@for_roles(ACCOUNTANT)
def give_back(number: int) -> ResponseReturnValue:
    """Send the money back; a pledge that waits for more ends with that."""
    case = _found(number)
    form = return_form()
    if not form.validate():
        return _page(case, form), 422
    try:
        transfers.give_back(case.pledge_id, _amount(form.amount.data), form.reason.data or "", acting_staff().id)
    except NothingOpen:
        return _changed(case)
    flash(_("返金の手続きを始めました。支援者には、お知らせのメールをお送りします。"))
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<int:number>/keep")
@for_roles(ACCOUNTANT)
def keep(number: int) -> ResponseReturnValue:
    """Note that what came too much was settled with the supporter."""
    case = _found(number)
    try:
        transfers.keep(case.pledge_id, _amount(request.form.get("amount", "")), acting_staff().id)
    except NothingOpen:
        return _changed(case)
    flash(_("対応済みとして記録しました。"))
    return redirect(url_for(".show", number=number), 303)


def _found(number: int) -> TransferCase:
    case = transfers.find_case(number)
    if case is None:
        abort(404)
    return case


def _amount(typed: str | None) -> int:
    return int(typed) if typed and typed.isascii() and typed.isdecimal() else 0


def _changed(case: TransferCase) -> ResponseReturnValue:
    fresh = _found(case.pledge_id)
    said = _("ほかのスタッフが先に対応したか、金額が変わりました。いまの状況をご確認ください。")
    return _page(fresh, return_form(formdata=None, data={"amount": str(fresh.amount)}), said), 409


def _page(case: TransferCase, form: FlaskForm, problem: str = "") -> str:
    return render_template("pledges/manage/transfer.html", case=case, form=form, problem=problem)
