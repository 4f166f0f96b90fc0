"""The pages of a monthly supporter, behind the token of a mailed link: to stop, and to change the card."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import public
from fundsite.i18n import gettext as _
from fundsite.pledges.monthly.acts import NothingToStop, PortalUnavailable, card_page, stop
from fundsite.supporters.room import opened, pledge_page

bp = Blueprint("monthly", __name__, url_prefix="/pledges/<token>")


@bp.route("/stop", methods=["GET", "POST"])
@public
def confirm_stop(token: str) -> ResponseReturnValue:
    """Say what stopping means, and stop when that is confirmed. Confirmed twice, it is one stop."""
    pledge = opened(token)
    form = FlaskForm()
    if not form.validate_on_submit():
        page = pledge_page("supporters/stop.html", pledge)
        return page, 400 if form.errors else 200
    try:
        stop(pledge.id)
    except NothingToStop:
        return redirect(url_for("room.room", token=token), 303)
    return redirect(url_for("room.room", token=token, _anchor="monthly"), 303)


@bp.post("/card")
@public
def card(token: str) -> ResponseReturnValue:
    """Lead to Stripe's page for another card."""
    pledge = opened(token)
    try:
        return redirect(card_page(pledge), 303)
    except PortalUnavailable:
        title, text = _("カードの変更ページを開けませんでした"), _("少し時間をおいて、もう一度お試しください。")
        return pledge_page("supporters/no_portal.html", opened(token), title=title, text=text), 503
