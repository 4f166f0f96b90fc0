"""The staff room's page of the goal and the next goals."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import EDITOR, acting_staff, for_roles
from fundsite.campaigns import forms
from fundsite.campaigns.editing import ChangedMeanwhile, EditRefused, find_for_staff, save_section
from fundsite.campaigns.goals import add_goal, change_goal, find_goal, remove_goal, words_of
from fundsite.campaigns.manage import hold_against, renewed
from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.campaigns.sections import SECTIONS, version_of
from fundsite.campaigns.service import next_goals
from fundsite.i18n import gettext as _

bp = Blueprint("goals_manage", __name__, url_prefix="/staff/campaigns/<slug>/goal")


@bp.route("/", methods=["GET", "POST"])
@for_roles(EDITOR)
def index(slug: str) -> ResponseReturnValue:
    """Show every target; save the first one while nobody was told of it."""
    campaign = find_for_staff(slug)
    form = _goal_form(campaign)
    if request.method == "GET":
        return _page(campaign, form)
    if not form.validate():
        return _page(campaign, form), 422
    try:
        save_section("goal", campaign.id, form.version.data, {"goal": form.goal.data}, acting_staff().id)
    except EditRefused as error:
        hold_against(form, error)
        return _page(find_for_staff(slug), form), 422
    except ChangedMeanwhile as error:
        renewed(form, error.stored)
        return _page(find_for_staff(slug), form, theirs=forms.goal_form(formdata=None, data=error.stored)), 409
    return _saved(slug)


def _goal_form(campaign: Campaign, *, fresh: bool = False) -> FlaskForm:
    before = SECTIONS["goal"].read(campaign)
    shown = {} if "goal" in campaign.unset else before
    data = {**shown, "version": version_of(before)}
    return forms.goal_form(formdata=None, data=data) if fresh else forms.goal_form(data=data)


def _page(campaign: Campaign, form: FlaskForm, adding: FlaskForm | None = None, theirs: FlaskForm | None = None) -> str:
    return render_template(
        "campaigns/manage/goal.html",
        campaign=campaign,
        form=form,
        adding=adding or forms.next_goal_form(formdata=None),
        goals=next_goals(campaign),
        theirs=theirs,
    )


def _saved(slug: str) -> ResponseReturnValue:
    flash(_("保存しました。"))
    return redirect(url_for(".index", slug=slug), 303)


@bp.post("/next")
@for_roles(EDITOR)
def add(slug: str) -> ResponseReturnValue:
    """Announce a next goal."""
    campaign = find_for_staff(slug)
    form = forms.next_goal_form()
    if form.validate():
        try:
            add_goal(campaign.id, form.amount.data, form.title.data, form.body.data, acting_staff().id)
        except EditRefused as error:
            hold_against(form, error)
        else:
            return _saved(slug)
    return _page(find_for_staff(slug), _goal_form(campaign, fresh=True), form), 422


@bp.route("/next/<int:goal_id>", methods=["GET", "POST"])
@for_roles(EDITOR)
def change(slug: str, goal_id: int) -> ResponseReturnValue:
    """Edit a next goal's words."""
    campaign = find_for_staff(slug)
    goal = find_goal(campaign.id, goal_id)
    before = words_of(goal)
    form = forms.goal_words_form(data={**before, "version": version_of(before)})
    if request.method == "GET":
        return _words_page(campaign, goal, form)
    if not form.validate():
        return _words_page(campaign, goal, form), 422
    values = {"title": form.title.data, "body": form.body.data}
    try:
        change_goal(campaign.id, goal_id, form.version.data, values, acting_staff().id)
    except ChangedMeanwhile as error:
        renewed(form, error.stored)
        theirs = forms.goal_words_form(formdata=None, data=error.stored)
        return _words_page(find_for_staff(slug), find_goal(campaign.id, goal_id), form, theirs), 409
    return _saved(slug)


def _words_page(campaign: Campaign, goal: NextGoal, form: FlaskForm, theirs: FlaskForm | None = None) -> str:
    return render_template("campaigns/manage/next_goal.html", campaign=campaign, goal=goal, form=form, theirs=theirs)


@bp.post("/next/<int:goal_id>/remove")
@for_roles(EDITOR)
def remove(slug: str, goal_id: int) -> ResponseReturnValue:
    """Take back a next goal that is not public yet."""
    try:
        remove_goal(find_for_staff(slug).id, goal_id, acting_staff().id)
    except EditRefused as error:
        flash(str(error))
    else:
        flash(_("ネクストゴールを取り消しました。"))
    return redirect(url_for(".index", slug=slug), 303)
