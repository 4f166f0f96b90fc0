"""The staff's pages of comments: read, answer, pin, hide."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import EDITOR, acting_staff, for_roles
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.service import find_campaign
from fundsite.i18n import gettext as _
from fundsite.pledges import moderation
from fundsite.pledges.moderation import EVERY, HIDDEN, UNANSWERED, NoSuchComment, StaffComment
from fundsite.pledges.staff_forms import hide_form, reply_form

bp = Blueprint("comments", __name__, url_prefix="/staff/campaigns/<slug>/comments")

PER_PAGE = 30


@bp.get("/")
@for_roles(EDITOR)
def index(slug: str) -> ResponseReturnValue:
    """List a campaign's comments, the newest first."""
    campaign = find_campaign(slug)
    wanted = request.args.get("show", UNANSWERED)
    if wanted not in moderation.WANTED:
        abort(404)
    found, older = moderation.comments_page(campaign.id, wanted, request.args.get("before", type=int), PER_PAGE)
    return render_template(
        "pledges/manage/comments.html",
        campaign=campaign,
        comments=found,
        older=older,
        wanted=wanted,
        views=((UNANSWERED, _("未返信")), (HIDDEN, _("非公開")), (EVERY, _("すべて"))),
    )


@bp.route("/<int:number>/reply", methods=["GET", "POST"])
@for_roles(EDITOR)
def reply(slug: str, number: int) -> ResponseReturnValue:
    """Answer a comment in the organisation's name."""
    campaign = find_campaign(slug)
    comment = _found(campaign.id, number)
    form = reply_form(data={"reply": comment.reply, "seen": comment.seen})
    if not form.validate_on_submit():
        return _reply_page(campaign, comment, form), 422 if form.errors else 200
    try:
        moderation.reply(campaign.id, number, form.reply.data, form.seen.data or "", acting_staff().id)
    except moderation.RepliedMeanwhile:
        form.reply.errors = [
            _("ほかのスタッフが先に返信を変更しました。下の「現在の返信」をご確認のうえ、保存し直してください。")
        ]
        fresh = _found(campaign.id, number)
        form.seen.data = fresh.seen
        return _reply_page(campaign, fresh, form, changed=True), 409
    return _back(slug, number, _("返信を保存しました。") if form.reply.data else _("返信を取り消しました。"))


@bp.route("/<int:number>/hide", methods=["GET", "POST"])
@for_roles(EDITOR)
def hide(slug: str, number: int) -> ResponseReturnValue:
    """Take a comment off the public pages, with a reason that its backer will read."""
    campaign = find_campaign(slug)
    comment = _found(campaign.id, number)
    form = hide_form(data={"reason": comment.hidden_reason})
    if not form.validate_on_submit():
        page = _page(campaign, comment, form, heading=_("コメントを非公開にする"), button=_("非公開にする"))
        return page, 422 if form.errors else 200
    moderation.hide(campaign.id, number, form.reason.data, acting_staff().id)
    return _back(slug, number, _("コメントを非公開にしました。"))


@bp.post("/<int:number>/show")
@for_roles(EDITOR)
def show_again(slug: str, number: int) -> ResponseReturnValue:
    """Put a hidden comment back."""
    return _done(slug, number, moderation.show_again, _("コメントを公開に戻しました。"))


@bp.post("/<int:number>/pin")
@for_roles(EDITOR)
def pin(slug: str, number: int) -> ResponseReturnValue:
    """Put a comment first."""
    try:
        return _done(slug, number, moderation.pin, _("コメントを先頭に固定しました。"))
    except moderation.TooManyPinned:
        return _back(slug, number, _("固定できるコメントは3件までです。先にほかの固定を外してください。"))
    except moderation.IsHidden:
        return _back(slug, number, _("非公開のコメントは固定できません。"))


@bp.post("/<int:number>/unpin")
@for_roles(EDITOR)
def unpin(slug: str, number: int) -> ResponseReturnValue:
    """Let a comment stand in its own place again."""
    return _done(slug, number, moderation.unpin, _("固定を外しました。"))


def _found(campaign_id: int, number: int) -> StaffComment:
    try:
        return moderation.find_comment(campaign_id, number)
    except NoSuchComment:
        abort(404)


def _reply_page(campaign: Campaign, comment: StaffComment, form: FlaskForm, *, changed: bool = False) -> str:
    return _page(campaign, comment, form, heading=_("コメントへの返信"), button=_("返信を公開する"), changed=changed)


def _page(campaign: Campaign, comment: StaffComment, form: FlaskForm, **more: object) -> str:
    place = _place()
    return render_template("pledges/manage/one.html", campaign=campaign, comment=comment, form=form, back=place, **more)


def _done(slug: str, number: int, act: Callable[[int, int, int], None], said: str) -> ResponseReturnValue:
    try:
        act(find_campaign(slug).id, number, acting_staff().id)
    except NoSuchComment:
        abort(404)
    return _back(slug, number, said)


def _place() -> dict[str, Any]:
    """Return which list, and which page of it, this came from."""
    return {name: request.args[name] for name in ("show", "before") if name in request.args}


def _back(slug: str, number: int, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("comments.index", slug=slug, _anchor=f"comment-{number}", **_place()), 303)
