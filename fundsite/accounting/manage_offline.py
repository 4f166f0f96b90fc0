"""Money that did not come through Stripe: entered one by one, or from a file."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import Field

from fundsite.access import ACCOUNTANT, acting_staff, for_roles
from fundsite.accounting import words
from fundsite.accounting.forms import import_form, offline_form
from fundsite.accounting.import_file import COLUMNS, SAMPLE, Sheet, read_sheet
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import NoSuchCampaign, all_campaigns, find_campaign
from fundsite.csv_file import csv_bytes
from fundsite.csv_upload import BadFile, text_of
from fundsite.i18n import gettext as _
from fundsite.i18n import ngettext
from fundsite.money import formatted
from fundsite.pledges.offline import Gift, TooLittle, enter, enter_all
from fundsite.pledges.service import SoldOut
from fundsite.rewards.service import rewards_of

bp = Blueprint("money_offline", __name__, url_prefix="/staff/money/offline")


@bp.get("/")
@for_roles(ACCOUNTANT)
def index() -> ResponseReturnValue:
    """Choose the campaign."""
    campaigns = [one for one in all_campaigns() if one.funding != "monthly"]
    return render_template("accounting/offline.html", campaigns=campaigns)


@bp.route("/<slug>/", methods=["GET", "POST"])
@for_roles(ACCOUNTANT)
def new(slug: str) -> ResponseReturnValue:
    """Enter one pledge."""
    campaign = _found(slug)
    form = offline_form(rewards_of(campaign.id), campaign.currency)
    if not form.validate_on_submit() or not _fits(form):
        return _form_page(campaign, form), 422 if form.errors else 200
    try:
        reference = enter(campaign.id, _gift(form), acting_staff().id)
    except SoldOut:
        form.reward.errors = [_("このリターンの在庫がなくなりました。")]
        return _form_page(campaign, form), 409
    except TooLittle:
        form.amount.errors = [
            _("選んだリターンの金額に足りません。リターンなしとして登録するか、金額をご確認ください。")
        ]
        return _form_page(campaign, form), 422
    flash(_("登録しました。プロジェクトのページの金額に加わりました。"))
    return redirect(url_for("money.show", reference=reference), 303)


def _form_page(campaign: Campaign, form: FlaskForm) -> str:
    return render_template("accounting/offline_new.html", campaign=campaign, form=form)


def _fits(form: FlaskForm) -> bool:
    """Hold against each other what only makes sense together."""
    if form.thanks.data and not form.email.data:
        form.email.errors = [_("お礼のメールを送るには、メールアドレスが必要です。")]
        return False
    return True


def _gift(form: FlaskForm) -> Gift:
    def said(field: Field) -> str:
        return field.data or ""

    return Gift(
        attempt=f"offline:{form.attempt.data}",
        source=form.source.data,
        amount=form.amount.data,
        received_on=form.received_on.data,
        reward_code=said(form.reward),
        quantity=form.quantity.data,
        name=said(form.name),
        email=said(form.email),
        display_name=said(form.display_name),
        memo=said(form.memo),
        thanks=bool(form.thanks.data),
    )


@bp.get("/<slug>/sample.csv")
@for_roles(ACCOUNTANT)
def sample(slug: str) -> ResponseReturnValue:
    """Give a file to begin with."""
    response = Response(csv_bytes(COLUMNS, SAMPLE), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{_found(slug).slug}-offline-sample.csv")
    return response


@bp.route("/<slug>/import", methods=["GET", "POST"])
@for_roles(ACCOUNTANT)
def read(slug: str) -> ResponseReturnValue:
    """Read a file and show what is in it; nothing is written yet."""
    campaign = _found(slug)
    form = import_form()
    if not form.validate_on_submit():
        return _import_page(campaign, form), 422 if form.errors else 200
    try:
        content = text_of(form.file.data.read() if form.file.data else b"")
        sheet = read_sheet(campaign, content)
    except BadFile as error:
        form.file.errors = [str(error)]
        return _import_page(campaign, form), 422
    return _preview(campaign, sheet, content), 200 if sheet.is_good else 422


@bp.post("/<slug>/import/confirmed")
@for_roles(ACCOUNTANT)
def apply(slug: str) -> ResponseReturnValue:
    """Write what the preview showed, all of it or nothing; it is read and held against the rules once more."""
    campaign, content = _found(slug), request.form.get("content", "")
    try:
        sheet = read_sheet(campaign, content)
    except BadFile:
        abort(422)
    if not sheet.is_good:
        return _preview(campaign, sheet, content), 422
    try:
        count = enter_all(campaign.id, sheet.gifts, acting_staff().id)
    except SoldOut as error:
        problem = _("リターン%(code)sの在庫が足りなくなったため、登録を中止しました。何も登録されていません。")
        return _preview(campaign, sheet, content, problem % {"code": error}), 409
    flash(ngettext("%(count)s件を登録しました。", "%(count)s件を登録しました。", count) % {"count": count})
    return redirect(url_for("money.index", status="offline", campaign=slug), 303)


def _import_page(campaign: Campaign, form: FlaskForm) -> str:
    return render_template("accounting/import.html", campaign=campaign, form=form, columns=COLUMNS)


def _preview(campaign: Campaign, sheet: Sheet, content: str, problem: str = "") -> str:
    total = formatted(sum(gift.amount for gift in sheet.new), campaign.currency)
    said: dict[str, Any] = {"sheet": sheet, "content": content, "problem": problem, "total": total}
    return render_template("accounting/import_preview.html", campaign=campaign, labels=words, **said)


def _found(slug: str) -> Campaign:
    try:
        return find_campaign(slug)
    except NoSuchCampaign:
        abort(404)
