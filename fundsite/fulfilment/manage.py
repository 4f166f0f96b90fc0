"""The shipping room's first pages: what is owed, which batches there are, and collecting a new one."""

from datetime import date

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.exceptions import NotFound

from fundsite.access import FULFILMENT, acting_staff, for_roles
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import NoSuchCampaign, find_campaign
from fundsite.fulfilment import words
from fundsite.fulfilment.batches import open_batch
from fundsite.fulfilment.errors import NoSuchBatch, NothingOwed
from fundsite.fulfilment.forms import choice_form
from fundsite.fulfilment.obligations import keep_obligations
from fundsite.fulfilment.overview import overview
from fundsite.fulfilment.owed import ABROAD, Choice, count_chosen, owed_by_reward, regions_owed
from fundsite.fulfilment.sender import last_sender
from fundsite.i18n import gettext as _
from fundsite.text import PREFECTURES

bp = Blueprint("shipping", __name__, url_prefix="/staff/shipping")


@bp.get("/")
@for_roles(FULFILMENT)
def index() -> ResponseReturnValue:
    """Show what is owed, by campaign, reward and month, and the batches."""
    keep_obligations()
    return render_template("fulfilment/index.html", campaigns=overview(), labels=words)


@bp.route("/<slug>/new", methods=["GET", "POST"])
@for_roles(FULFILMENT)
def new(slug: str) -> ResponseReturnValue:
    """Collect what goes out together; "count" only says how much it would be."""
    campaign = _found(slug)
    keep_obligations()
    form = _form(campaign)
    if not form.is_submitted():
        return _page(campaign, form, None)
    if not form.validate():
        return _page(campaign, form, None), 422
    choice = _choice(campaign, form)
    if "count" in request.form:
        return _page(campaign, form, count_chosen(choice))
    try:
        sender = last_sender(campaign.id, choice.kind)
        number = open_batch(form.attempt.data, choice, form.title.data, sender=sender, by=acting_staff().id)
    except NothingOwed:
        return _page(campaign, form, 0), 409
    flash(_("バッチを作りました。"))
    return redirect(url_for("shipping_batch.show", number=number), 303)


def no_such_batch(_error: NoSuchBatch) -> ResponseReturnValue:
    """Answer as any address that leads nowhere."""
    answer: ResponseReturnValue = current_app.handle_http_exception(NotFound())
    return answer


def _page(campaign: Campaign, form: FlaskForm, count: int | None) -> str:
    return render_template("fulfilment/new.html", campaign=campaign, form=form, count=count)


def _form(campaign: Campaign) -> FlaskForm:
    owed = [row for row in owed_by_reward(campaign) if row.free]
    rewards = list(dict.fromkeys((row.code, row.title) for row in owed))
    months = sorted({row.month for row in owed if row.month})
    regions = regions_owed(campaign.id)
    ordered = [region for region in (*PREFECTURES, ABROAD) if region in regions]
    return choice_form(rewards, months, ordered, data={"codes": request.args.getlist("reward")})


def _choice(campaign: Campaign, form: FlaskForm) -> Choice:
    months = [date.fromisoformat(said) for said in form.months.data]
    return Choice(campaign.id, form.kind.data, form.codes.data, months, form.regions.data)


def _found(slug: str) -> Campaign:
    try:
        return find_campaign(slug)
    except NoSuchCampaign:
        abort(404)
