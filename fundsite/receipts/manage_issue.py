"""Issuing one receipt: chosen, looked at, issued."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite import clock
from fundsite.access import ACCOUNTANT, acting_staff, for_roles
from fundsite.accounting.one_pledge import NoSuchPledge, find_pledge
from fundsite.i18n import gettext as _
from fundsite.receipts import words
from fundsite.receipts.drafts import Draft, Wanted, preview
from fundsite.receipts.forms import choice_form, issue_form
from fundsite.receipts.issuer import issuer, lacking
from fundsite.receipts.service import NotReady, issue
from fundsite.settings import current_settings

bp = Blueprint("receipts_new", __name__, url_prefix="/staff/receipts/new")


@bp.get("/")
@for_roles(ACCOUNTANT)
def choose() -> ResponseReturnValue:
    """Ask which receipt; once that is said, show what it would say."""
    wanted, form = _wanted()
    if wanted is None:
        return render_template("receipts/choose.html", form=form), 422 if form.errors else 200
    draft = preview(wanted)
    return _page(wanted, draft, _issue_form(draft))


@bp.post("/")
@for_roles(ACCOUNTANT)
def make() -> ResponseReturnValue:
    """Issue it."""
    wanted, form = _wanted()
    if wanted is None:
        return render_template("receipts/choose.html", form=form), 422
    draft = preview(wanted)
    typed = _issue_form(draft)
    if not typed.validate():
        return _page(wanted, draft, typed), 422
    recipient = {name: typed[name].data or "" for name in ("name", "honorific", "address")}
    sends = "sends_mail" in typed and bool(typed["sends_mail"].data)
    ready = Wanted(**{**vars(wanted), "recipient": recipient, "sends_mail": sends})
    try:
        number = issue(ready, acting_staff().id)
    except NotReady:
        return _page(ready, preview(ready), typed), 409
    flash(_("発行しました。"))
    return redirect(url_for("receipts.show", number=number), 303)


def this_year() -> tuple[date, date]:
    """Return the first and the last day of the calendar year."""
    year = clock.local_day(clock.now(), current_settings().timezone).year
    return date(year, 1, 1), date(year, 12, 31)


def _wanted() -> tuple[Wanted | None, FlaskForm]:
    first, last = this_year()
    if "from_on" not in request.args:
        return None, choice_form(
            formdata=None, data={"reference": request.args.get("reference"), "from_on": first, "to_on": last}
        )
    form = choice_form(formdata=request.args)
    if not form.validate():
        return None, form
    try:
        pledge = find_pledge(form.reference.data.upper())
    except NoSuchPledge:
        form.reference.errors = [_("この受付番号の支援は見つかりませんでした。")]
        return None, form
    return Wanted(pledge.id, form.kind.data, form.from_on.data, form.to_on.data, form.per.data), form


def _issue_form(draft: Draft) -> FlaskForm:
    return issue_form(may_mail=bool(draft.pledge.email), data=draft.recipient)


def _page(wanted: Wanted, draft: Draft, form: FlaskForm) -> str:
    missing = lacking(issuer(), wanted.kind)
    return render_template(
        "receipts/preview.html", wanted=wanted, draft=draft, form=form, missing=missing, labels=words
    )
