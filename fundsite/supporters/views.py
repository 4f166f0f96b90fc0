"""Pages of the supporter beside the room: the mail for a lost link, and asking about one's personal data."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fundsite.access import public
from fundsite.i18n import current_locale
from fundsite.i18n import gettext as _
from fundsite.limits import link_limit
from fundsite.supporters.forms import data_form
from fundsite.supporters.lost_links import ask
from fundsite.supporters.requests import ask_about_data, requests_of
from fundsite.supporters.room import opened, pledge_page
from fundsite.updates.follow_forms import follow_form

bp = Blueprint("supporters", __name__)


@bp.route("/supporters/", methods=["GET", "POST"])
@public
@link_limit
def lost() -> ResponseReturnValue:
    """Take an address. The answer is the same whether or not anybody pledged with it."""
    form = follow_form()
    if form.validate_on_submit():
        ask(form.email.data, current_locale())
        return redirect(url_for("supporters.asked"), 303)
    return render_template("supporters/lost.html", form=form), 422 if form.errors else 200


@bp.get("/supporters/asked")
@public
def asked() -> ResponseReturnValue:
    """Say that a mail is on its way, if there is anything to send."""
    return render_template("supporters/lost.html", form=None)


@bp.route("/pledges/<token>/personal-data/", methods=["GET", "POST"])
@public
def own_data(token: str) -> ResponseReturnValue:
    """Say what a supporter may ask about their data, and take it."""
    pledge = opened(token)
    form = data_form()
    if form.validate_on_submit():
        ask_about_data(pledge.id, form.kind.data, form.message.data or "")
        return redirect(url_for("supporters.own_data", token=token), 303)
    page = pledge_page(
        "supporters/own_data.html",
        pledge,
        form=form,
        requests=requests_of(pledge.id),
        errors_heading=_("入力内容をご確認ください") if form.errors else "",
    )
    return page, 422 if form.errors else 200
