"""The staff room's pages in which rewards are written and put in order."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import EDITOR, acting_staff, for_roles
from fundsite.campaigns.editing import ChangedMeanwhile, EditRefused, find_for_staff, stored_pictures
from fundsite.campaigns.manage import hold_against, renewed
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.sections import version_of
from fundsite.i18n import gettext as _
from fundsite.rewards.editing import (
    NoSuchReward,
    PromiseAtStake,
    add_reward,
    arrange,
    change_reward,
    move,
    next_code,
    promises_of,
    remove_reward,
    values_of,
)
from fundsite.rewards.forms import reward_form, reward_values
from fundsite.rewards.models import Reward
from fundsite.rewards.service import find_reward, rewards_of

bp = Blueprint("rewards_manage", __name__, url_prefix="/staff/campaigns/<slug>/rewards")


@bp.get("/")
@for_roles(EDITOR)
def index(slug: str) -> ResponseReturnValue:
    """List a campaign's rewards in the order in which backers see them."""
    campaign = find_for_staff(slug)
    return render_template("rewards/manage/index.html", campaign=campaign, rewards=rewards_of(campaign.id))


@bp.post("/order")
@for_roles(EDITOR)
def order(slug: str) -> ResponseReturnValue:
    """Put rewards in order: all of them as named, or one of them a place up or down."""
    campaign, staff = find_for_staff(slug), acting_staff()
    wish, _colon, code = request.form.get("move", "").partition(":")
    if wish in {"up", "down"}:
        move(campaign.id, code, -1 if wish == "up" else 1, staff.id)
    else:
        arrange(campaign.id, request.form.getlist("code"), staff.id)
    return redirect(url_for(".index", slug=slug), 303)


def _is_rearranging(form: FlaskForm) -> bool:
    wish = request.form.get("rows", "")
    form.questions.rearrange(wish)
    return bool(wish)


@bp.route("/new", methods=["GET", "POST"])
@for_roles(EDITOR)
def new(slug: str) -> ResponseReturnValue:
    """Add a reward."""
    campaign = find_for_staff(slug)
    code = next_code(rewards_of(campaign.id))
    form = reward_form(list(stored_pictures(campaign.id)), new=True, data={"code": code})
    if request.method == "GET" or _is_rearranging(form):
        return _page(campaign, form, None)
    if not form.validate():
        return _page(campaign, form, None), 422
    try:
        add_reward(campaign.id, form.code.data, reward_values(form), acting_staff().id)
    except EditRefused as error:
        hold_against(form, error)
        return _page(campaign, form, None), 422
    flash(_("リターンを追加しました。"))
    return redirect(url_for(".index", slug=slug), 303)


@bp.route("/<code>", methods=["GET", "POST"])
@for_roles(EDITOR)
def edit(slug: str, code: str) -> ResponseReturnValue:
    """Edit a reward; a change of its promise is confirmed on a page of its own."""
    campaign = find_for_staff(slug)
    reward = _found(campaign, code)
    before = values_of(reward)
    form = _form(campaign, before)
    if request.method == "GET" or _is_rearranging(form) or "back" in request.form:
        return _page(campaign, form, reward)
    if not form.validate():
        return _page(campaign, form, reward), 422
    return _save(campaign, reward, form)


def _form(campaign: Campaign, values: dict[str, Any]) -> FlaskForm:
    pictures = list(stored_pictures(campaign.id))
    return reward_form(pictures, new=False, data={**values, "version": version_of(values)})


def _found(campaign: Campaign, code: str) -> Reward:
    reward = find_reward(campaign.id, code)
    if reward is None:
        raise NoSuchReward(code)
    return reward


def _save(campaign: Campaign, reward: Reward, form: FlaskForm) -> ResponseReturnValue:
    confirmed = form.confirmed_for.data or ""
    confirmed_for = int(confirmed) if confirmed.isdecimal() else None
    values, staff = reward_values(form), acting_staff()
    code, before = reward.code, values_of(reward)
    try:
        change_reward(campaign.id, code, form.version.data, values, staff.id, confirmed_for=confirmed_for)
    except EditRefused as error:
        hold_against(form, error)
        return _page(find_for_staff(campaign.slug), form, _found(campaign, code)), 422
    except ChangedMeanwhile as error:
        renewed(form, error.stored)
        theirs = reward_form(list(stored_pictures(campaign.id)), new=False, formdata=None, data=error.stored)
        return _page(find_for_staff(campaign.slug), form, _found(campaign, code), theirs), 409
    except PromiseAtStake as error:
        form.confirmed_for.data = str(error.chosen)
        return _confirmation(find_for_staff(campaign.slug), form, code, before, error)
    flash(_("保存しました。"))
    return redirect(url_for(".index", slug=campaign.slug), 303)


def _confirmation(campaign: Campaign, form: FlaskForm, code: str, before: dict[str, Any], error: PromiseAtStake) -> str:
    after = reward_values(form)
    changes = [(form[name], before[name], after[name]) for name in error.fields]
    return render_template(
        "rewards/manage/confirm.html", campaign=campaign, form=form, code=code, changes=changes, chosen=error.chosen
    )


def _page(campaign: Campaign, form: FlaskForm, reward: Reward | None, theirs: FlaskForm | None = None) -> str:
    return render_template(
        "rewards/manage/edit.html",
        campaign=campaign,
        form=form,
        reward=reward,
        promises=promises_of(reward.id) if reward else [],
        theirs=theirs,
    )


@bp.post("/<code>/remove")
@for_roles(EDITOR)
def remove(slug: str, code: str) -> ResponseReturnValue:
    """Remove a reward that nobody chose."""
    try:
        remove_reward(find_for_staff(slug).id, code, acting_staff().id)
    except EditRefused as error:
        flash(str(error))
    else:
        flash(_("リターンを削除しました。"))
    return redirect(url_for(".index", slug=slug), 303)
