"""The staff room's page of a campaign's pictures."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fundsite import text
from fundsite.access import EDITOR, acting_staff, for_roles, takes_up_to
from fundsite.campaigns.editing import EditRefused, find_for_staff
from fundsite.campaigns.gallery import LONGEST_ALT, Upload, add_pictures, choose_cover, describe, gallery
from fundsite.i18n import gettext as _

MEGABYTE = 1024 * 1024
MOST_FILES = 10

bp = Blueprint("gallery_manage", __name__, url_prefix="/staff/campaigns/<slug>/pictures")


@bp.get("/")
@for_roles(EDITOR)
def index(slug: str) -> ResponseReturnValue:
    """Show a campaign's pictures, and what to paste to show one in a text."""
    return _page(slug, [])


def _page(slug: str, refused: list[str]) -> str:
    campaign = find_for_staff(slug)
    pictures = gallery(campaign.id, campaign.cover["name"] if campaign.cover else "")
    return render_template(
        "campaigns/manage/pictures.html", campaign=campaign, pictures=pictures, refused=refused, longest=LONGEST_ALT
    )


@bp.post("/")
@for_roles(EDITOR)
@takes_up_to(80 * MEGABYTE)
def add(slug: str) -> ResponseReturnValue:
    """Take pictures in."""
    campaign = find_for_staff(slug)
    files = [file for file in request.files.getlist("files") if file.filename]
    if not files:
        return _page(slug, [_("画像を選んでください。")]), 422
    if len(files) > MOST_FILES:
        return _page(slug, [_("一度に追加できる画像は%(most)d枚までです。") % {"most": MOST_FILES}]), 422
    uploads = [Upload(file.filename or "", file.read()) for file in files]
    names, refused = add_pictures(campaign.id, uploads, acting_staff().id)
    if refused:
        return _page(slug, refused), 422
    flash(_("%(count)d枚の画像を追加しました。何が写っているか、説明を入れてください。") % {"count": len(names)})
    return redirect(url_for(".index", slug=slug), 303)


@bp.post("/alts")
@for_roles(EDITOR)
def alts(slug: str) -> ResponseReturnValue:
    """Save what the pictures show, in words."""
    said = {
        int(name.removeprefix("alt-")): text.line(value)
        for name, value in request.form.items()
        if name.startswith("alt-") and name.removeprefix("alt-").isdecimal()
    }
    campaign = find_for_staff(slug)
    describe(campaign.id, said, acting_staff().id)
    if "cover" in request.form:
        return _choose(slug, campaign.id)
    flash(_("説明を保存しました。"))
    return redirect(url_for(".index", slug=slug), 303)


def _choose(slug: str, campaign_id: int) -> ResponseReturnValue:
    try:
        choose_cover(campaign_id, request.form.get("cover", 0, type=int), acting_staff().id)
    except EditRefused as error:
        return _page(slug, [str(error)]), 422
    flash(_("表紙の画像を決めました。"))
    return redirect(url_for(".index", slug=slug), 303)
