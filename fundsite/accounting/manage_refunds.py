"""Giving money back, and looking after what did not go through."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import ACCOUNTANT, acting_staff, for_roles
from fundsite.accounting import words
from fundsite.accounting.forms import note_form, refund_form
from fundsite.accounting.one_pledge import MoneyPage, NoSuchPledge, money_page
from fundsite.i18n import gettext as _
from fundsite.pledges import differing, giving_back
from fundsite.pledges.giving_back import AlreadySettled, NothingLeft
from fundsite.pledges.refundable import CannotRefund

bp = Blueprint("money_back", __name__, url_prefix="/staff/money/pledges/<reference>")


@bp.route("/refund", methods=["GET", "POST"])
@for_roles(ACCOUNTANT)
def refund(reference: str) -> ResponseReturnValue:
    """Give back the whole or a part: a form, what it means, and then the act."""
    page = _page(reference)
    form = _refund_form(page)
    if request.method == "GET" or "back" in request.form:
        return _asked(page, form) if page.left else _back(reference, _("返金できる残りの金額はありません。"))
    if _made_before(page, form):
        return _back(reference, _("返金の手続きをしました。"))
    if not form.validate():
        return _asked(page, form), 422
    if "confirmed" not in request.form:
        return render_template("accounting/refund_confirm.html", page=page, form=form)
    stock = form._fields.get("stock")
    tells = form._fields.get("tells")
    try:
        giving_back.give_back(
            page.pledge.id,
            form.amount.data,
            form.reason.data,
            form.attempt.data,
            returns_stock=stock is not None and stock.data == "return",
            tells=bool(tells and tells.data),
            by=acting_staff().id,
        )
    except CannotRefund:
        form.amount.errors = [_("ほかの返金が先に行われ、この金額は返金できなくなりました。")]
        return _asked(_page(reference), form), 409
    return _back(reference, _("返金の手続きをしました。"))


def _refund_form(page: MoneyPage) -> FlaskForm:
    pledge = page.pledge
    return refund_form(
        page.left,
        pledge.currency,
        has_stock=pledge.holds_stock,
        may_tell=pledge.source != "online" and bool(pledge.email),
    )


def _made_before(page: MoneyPage, form: FlaskForm) -> bool:
    """Whether this form was sent before: a second click finds its refund, and perhaps nothing left."""
    return any(form.attempt.data and row.attempt == form.attempt.data for row in page.refunds)


def _asked(page: MoneyPage, form: FlaskForm) -> str:
    return render_template("accounting/refund.html", page=page, form=form)


@bp.post("/refunds/<int:number>/again")
@for_roles(ACCOUNTANT)
def again(reference: str, number: int) -> ResponseReturnValue:
    """Ask Stripe once more."""
    _own(reference, number)
    return _done(reference, lambda by: giving_back.try_again(number, by), _("もう一度、返金の手続きをしました。"))


@bp.route("/refunds/<int:number>/otherwise", methods=["GET", "POST"])
@for_roles(ACCOUNTANT)
def otherwise(reference: str, number: int) -> ResponseReturnValue:
    """Note that the money was given back another way."""
    _own(reference, number)
    hint = _("例: 2027年5月1日に、ご指定の口座へ振り込みました。")
    return _noted(
        reference,
        note_form(_("返金の方法と日付"), hint),
        _("別の方法で返金した"),
        lambda note, by: giving_back.gave_otherwise(number, note, by),
        _("別の方法で返金したことを記録しました。"),
    )


@bp.route("/refunds/<int:number>/give-up", methods=["GET", "POST"])
@for_roles(ACCOUNTANT)
def give_up(reference: str, number: int) -> ResponseReturnValue:
    """Note that the money stays."""
    _own(reference, number)
    hint = _("例: ご本人とご相談のうえ、ご支援としてお受けすることになりました。")
    return _noted(
        reference,
        note_form(_("返金しない理由"), hint),
        _("返金をとりやめる"),
        lambda note, by: giving_back.give_up(number, note, by),
        _("返金をとりやめました。"),
    )


@bp.post("/payments/<int:number>/accept")
@for_roles(ACCOUNTANT)
def accept(reference: str, number: int) -> ResponseReturnValue:
    """Take a payment in the amount that came."""
    _own_payment(reference, number)
    return _done(
        reference, lambda by: differing.accept(number, by), _("届いた金額のまま、ご支援として受け入れました。")
    )


@bp.route("/payments/<int:number>/refuse", methods=["GET", "POST"])
@for_roles(ACCOUNTANT)
def refuse(reference: str, number: int) -> ResponseReturnValue:
    """Give back a payment in an amount that is not the pledge's."""
    _own_payment(reference, number)
    return _noted(
        reference,
        note_form(_("返金の理由"), _("返金のお知らせメールに、このまま載ります。")),
        _("全額を返金する"),
        lambda note, by: differing.refuse(number, note, by),
        _("返金の手続きをしました。"),
    )


@bp.post("/stock")
@for_roles(ACCOUNTANT)
def free_stock(reference: str) -> ResponseReturnValue:
    """Let others choose the piece of a pledge whose money went back."""
    pledge_id = _page(reference).pledge.id
    return _done(reference, lambda by: giving_back.give_stock_back(pledge_id, by), _("在庫に戻しました。"))


def _page(reference: str) -> MoneyPage:
    try:
        return money_page(reference)
    except NoSuchPledge:
        abort(404)


def _own(reference: str, number: int) -> None:
    if number not in {row.id for row in _page(reference).refunds}:
        abort(404)


def _own_payment(reference: str, number: int) -> None:
    if number not in {line.payment.id for line in _page(reference).payments}:
        abort(404)


def _noted(
    reference: str, form: FlaskForm, heading: str, act: Callable[[str, int], None], said: str
) -> ResponseReturnValue:
    if not form.validate_on_submit():
        page = render_template("accounting/note.html", page=_page(reference), form=form, heading=heading, labels=words)
        return page, 422 if form.errors else 200
    return _done(reference, lambda by: act(form.note.data, by), said)


def _done(reference: str, act: Callable[[int], None], said: str) -> ResponseReturnValue:
    try:
        act(acting_staff().id)
    except AlreadySettled:
        said = _("すでに手続きが済んでいるため、何も変更していません。")
    except NothingLeft:
        said = _("リターンの在庫がないため、この操作はできません。返金するか、在庫を増やしてからお試しください。")
    return _back(reference, said)


def _back(reference: str, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("money.show", reference=reference), 303)
