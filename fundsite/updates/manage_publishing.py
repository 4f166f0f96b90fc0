"""The staff pages on which a report is published, withdrawn, and compared with what it was."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import EDITOR, acting_staff, for_roles
from fundsite.i18n import current_locale
from fundsite.i18n import gettext as _
from fundsite.settings import current_settings
from fundsite.updates.audience import reach
from fundsite.updates.editing import NoSuchReport, Overtaken, ReportRefused, find_report, restore
from fundsite.updates.forms import NO, NOW, YES, build_on, moment_of, publish_form
from fundsite.updates.manage import bp
from fundsite.updates.models import PUBLISHED
from fundsite.updates.notify import has_begun, send_test
from fundsite.updates.people import names_of
from fundsite.updates.preview import mail_of, preview_of
from fundsite.updates.publishing import Decided, publish, schedule, withdraw
from fundsite.updates.revisions import Writer, difference, revisions_of, text_now

__all__ = ["bp"]


def _reasons(reason: str) -> str:
    known = {
        "changed": _("確認のあいだに、ほかの方が本文や届け先を直しました。下の内容をもう一度お確かめください。"),
        "empty": _("題名と本文の両方を書いてから公開してください。"),
        "past": _("過ぎた日時は指定できません。これからの日時を選んでください。"),
        "published": _("この報告は、すでに公開されています。"),
        "no_moment": _("公開する日と時刻を選んでください。"),
    }
    return known[reason]


@bp.get("/<int:report_id>/publish")
@for_roles(EDITOR)
def ready(report_id: int) -> str:
    """Show what is about to be published and whom it reaches; ask whether to tell them, and when."""
    update, _campaign = find_report(report_id)
    return _ready(report_id, publish_form(notify=YES if update.notify else NO))


def _ready(report_id: int, form: FlaskForm, problem: str = "") -> str:
    update, campaign = find_report(report_id)
    build_on(form, update.version)
    form.audience.data = update.audience
    words = text_now(update)
    return render_template(
        "updates/manage/publish.html",
        report=update,
        campaign=campaign,
        form=form,
        shown=preview_of(campaign, words),
        mail=mail_of(campaign, words, update.author, update.audience),
        reach=reach(update),
        tested="tested" in request.args,
        problem=problem,
    )


@bp.post("/<int:report_id>/publish")
@for_roles(EDITOR)
def act(report_id: int) -> ResponseReturnValue:
    """Publish now, or plan it, with its mails or without."""
    form = publish_form()
    if not form.validate_on_submit():
        return _ready(report_id, form, _reasons("no_moment")), 422
    try:
        _publish(report_id, form)
    except ReportRefused as refused:
        return _ready(report_id, form, _reasons(refused.reason)), 409 if refused.reason == "changed" else 422
    update, campaign = find_report(report_id)
    if update.status == PUBLISHED and has_begun(update):
        return redirect(url_for("notifications.show", update_id=report_id, published=1), 303)
    return redirect(url_for("reports.index", campaign=campaign.slug), 303)


def _publish(report_id: int, form: FlaskForm) -> None:
    staff_id, decided = acting_staff().id, Decided(form.audience.data or "", form.notify.data == YES)
    if form.when.data == NOW:
        publish(report_id, form.version.data, staff_id, decided)
        return
    at = moment_of(form, current_settings().timezone)
    if at is None:
        raise ReportRefused("no_moment")
    schedule(report_id, form.version.data, at, staff_id, decided)


@bp.get("/<int:report_id>/mail")
@for_roles(EDITOR)
def letter(report_id: int) -> str:
    """Show the HTML of the notification as it will be sent, to stand in a frame."""
    update, campaign = find_report(report_id)
    return mail_of(campaign, text_now(update), update.author, update.audience).html


@bp.post("/<int:report_id>/test")
@for_roles(EDITOR)
def test(report_id: int) -> ResponseReturnValue:
    """Send the notification, of a draft too, to the person who asks and nobody else."""
    member = acting_staff()
    send_test(report_id, member.email, member.id, current_locale())
    return redirect(url_for("reports.ready", report_id=report_id, tested=1), 303)


@bp.post("/<int:report_id>/withdraw")
@for_roles(EDITOR)
def take_back(report_id: int) -> ResponseReturnValue:
    """Take a report off the site, or give up a plan."""
    withdraw(report_id, acting_staff().id)
    return redirect(url_for("reports.edit", report_id=report_id, done="withdrawn"), 303)


@bp.get("/<int:report_id>/revisions")
@for_roles(EDITOR)
def revisions(report_id: int) -> str:
    """List every text that a report had."""
    update, campaign = find_report(report_id)
    rows = revisions_of(report_id)
    names = names_of(row.staff_id for row in rows)
    return render_template(
        "updates/manage/revisions.html", report=update, campaign=campaign, revisions=rows, names=names
    )


@bp.get("/<int:report_id>/revisions/<int:revision_id>")
@for_roles(EDITOR)
def revision(report_id: int, revision_id: int) -> str:
    """Compare an earlier text with the newest."""
    update, campaign = find_report(report_id)
    row = next((found for found in revisions_of(report_id) if found.id == revision_id), None)
    if row is None:
        raise NoSuchReport(str(revision_id))
    words = text_now(update)
    return render_template(
        "updates/manage/revision.html",
        report=update,
        campaign=campaign,
        revision=row,
        name=names_of([row.staff_id]).get(row.staff_id, ""),
        title_lines=difference(row.title, words.title),
        lines=difference(row.body, words.body),
    )


@bp.post("/<int:report_id>/revisions/<int:revision_id>")
@for_roles(EDITOR)
def bring_back(report_id: int, revision_id: int) -> ResponseReturnValue:
    """Make an earlier text the newest."""
    base = request.form.get("version", 0, type=int)
    result = restore(report_id, revision_id, base, Writer(acting_staff().id, ""))
    done = "overtaken" if isinstance(result, Overtaken) else "restored"
    return redirect(url_for("reports.edit", report_id=report_id, done=done), 303)
