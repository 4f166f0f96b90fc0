"""The staff pages on which reports are listed, begun and written."""

import secrets

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import EDITOR, acting_staff, for_roles, takes_up_to
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import all_campaigns, find_campaign
from fundsite.i18n import gettext as _
from fundsite.rewards.service import rewards_of
from fundsite.updates.editing import (
    Choices,
    Overtaken,
    ReportRefused,
    Saved,
    begin,
    delete_draft,
    find_report,
    has_unshown_changes,
    reports_of,
    save,
)
from fundsite.updates.forms import OF_REWARDS, audience_of, build_on, report_form
from fundsite.updates.models import BACKERS, EVERYONE, FOLLOWERS, MONTHLY, Update
from fundsite.updates.people import names_of
from fundsite.updates.preview import mail_of, pasted, preview_of
from fundsite.updates.publishing import bring_out
from fundsite.updates.revisions import Text, Writer, text_now
from fundsite.updates.skeletons import KINDS, labels, skeleton
from fundsite.updates.taking import LARGEST_WITH_FILES, take_what_came

bp = Blueprint("reports", __name__, url_prefix="/staff/reports")


@bp.get("/")
@for_roles(EDITOR)
def index() -> str:
    """List a campaign's reports."""
    campaigns = all_campaigns()
    wanted = request.args.get("campaign")
    chosen = next((found for found in campaigns if found.slug == wanted), campaigns[0] if campaigns else None)
    reports = reports_of(chosen.id) if chosen else []
    names = names_of(report.created_by for report in reports)
    return render_template(
        "updates/manage/index.html", campaigns=campaigns, campaign=chosen, reports=reports, names=names
    )


@bp.get("/new")
@for_roles(EDITOR)
def choose() -> str:
    """Offer the skeletons."""
    campaign = find_campaign(request.args.get("campaign", ""))
    return render_template("updates/manage/new.html", campaign=campaign, labels=labels())


@bp.post("/new")
@for_roles(EDITOR)
def create() -> ResponseReturnValue:
    """Begin a report from a skeleton."""
    campaign, kind, staff = find_campaign(request.form.get("campaign", "")), request.form.get("kind"), acting_staff()
    if kind not in KINDS:
        abort(400)
    report_id = begin(campaign.id, kind, skeleton(kind, campaign), staff.name, staff.id)
    return redirect(url_for("reports.edit", report_id=report_id), 303)


@bp.get("/<int:report_id>/edit")
@for_roles(EDITOR)
def edit(report_id: int) -> str:
    """Show the editor."""
    update, campaign = find_report(report_id)
    words, codes = text_now(update), _codes(campaign)
    some = update.audience not in {EVERYONE, BACKERS, MONTHLY, FOLLOWERS}
    form = report_form(
        codes,
        campaign.wording,
        title=words.title,
        body=words.body,
        author=update.author,
        audience=OF_REWARDS if some else update.audience,
        codes=update.audience.split(",") if some else [],
        notify=update.notify,
        version=update.version,
        tab=secrets.token_hex(8),
    )
    return _editor(update, campaign, form)


def _codes(campaign: Campaign) -> list[str]:
    return [reward.code for reward in rewards_of(campaign.id)]


def _editor(update: Update, campaign: Campaign, form: FlaskForm, **more: object) -> str:
    typed = Text(form.title.data or "", form.body.data or "")
    choices = _choices(update, form)
    return render_template(
        "updates/manage/edit.html",
        report=update,
        campaign=campaign,
        form=form,
        shown=preview_of(campaign, typed),
        mail=mail_of(campaign, typed, choices.author, choices.audience),
        unshown=has_unshown_changes(update),
        **more,
    )


@bp.post("/<int:report_id>/edit")
@for_roles(EDITOR)
@takes_up_to(LARGEST_WITH_FILES)
def keep(report_id: int) -> ResponseReturnValue:
    """Save what was typed, and go on: stay, ask when to publish, or show the changes of a published report."""
    update, campaign = find_report(report_id)
    form = report_form(_codes(campaign), campaign.wording)
    if not form.validate_on_submit() or not take_what_came(form, report_id):
        return _editor(update, campaign, form), 422
    result = _save(update, form)
    if isinstance(result, Overtaken):
        build_on(form, result.version)
        return _editor(update, campaign, form, overtaken=result, other=_name(result)), 409
    action = request.form.get("action", "save")
    if action == "publish":
        return redirect(url_for("reports.ready", report_id=report_id), 303)
    if action == "bring_out":
        bring_out(report_id, result.version, _choices(update, form), acting_staff().id)
        return redirect(url_for("reports.edit", report_id=report_id, done="shown"), 303)
    return redirect(url_for("reports.edit", report_id=report_id, done="saved"), 303)


def _save(update: Update, form: FlaskForm) -> Saved | Overtaken:
    typed = Text(form.title.data or "", form.body.data or "")
    writer = Writer(acting_staff().id, form.tab.data or "")
    return save(update.id, typed, _choices(update, form), form.version.data, writer)


def _choices(update: Update, form: FlaskForm) -> Choices:
    return Choices(form.author.data or "", audience_of(form, update.audience), bool(form.notify.data))


def _name(result: Overtaken) -> str:
    return names_of([result.staff_id]).get(result.staff_id, _("ほかのスタッフ"))


@bp.post("/<int:report_id>/autosave")
@for_roles(EDITOR)
def autosave(report_id: int) -> ResponseReturnValue:
    """Save in passing; 409 says that somebody was faster."""
    update, campaign = find_report(report_id)
    form = report_form(_codes(campaign), campaign.wording)
    if not form.validate_on_submit():
        return jsonify(error=_("保存できませんでした。")), 422
    result = _save(update, form)
    if isinstance(result, Overtaken):
        by = _("%(name)sさんが先に保存しました。") % {"name": _name(result)}
        return jsonify(error=by), 409
    return jsonify(version=result.version)


@bp.post("/<int:report_id>/preview")
@for_roles(EDITOR)
def preview(report_id: int) -> ResponseReturnValue:
    """Render what is being typed, as page and as mail."""
    update, campaign = find_report(report_id)
    typed = Text(request.form.get("title", ""), request.form.get("body", ""))
    choices = _choices(update, report_form(_codes(campaign), campaign.wording))
    letter = mail_of(campaign, typed, choices.author, choices.audience)
    parts = {"report": update, "campaign": campaign, "shown": preview_of(campaign, typed), "mail": letter}
    return jsonify(
        page=render_template("updates/manage/_page.html", **parts),
        mail_head=render_template("updates/manage/_mail_head.html", **parts),
        mail_html=letter.html,
        mail_text=letter.text,
        doubts=render_template("updates/manage/_doubts.html", **parts),
    )


@bp.post("/<int:report_id>/paste")
@for_roles(EDITOR)
def paste(report_id: int) -> ResponseReturnValue:
    """Clean what is being pasted."""
    find_report(report_id)
    return jsonify(text=pasted(request.form.get("html", ""), request.form.get("text", "")))


@bp.post("/<int:report_id>/delete")
@for_roles(EDITOR)
def delete(report_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    _update, campaign = find_report(report_id)
    try:
        delete_draft(report_id, acting_staff().id)
    except ReportRefused:
        abort(409)
    return redirect(url_for("reports.index", campaign=campaign.slug), 303)
