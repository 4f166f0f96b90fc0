"""The staff room's overview of a campaign: what is missing, how it will look, and the button that opens it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fundsite.access import EDITOR, acting_staff, for_roles
from fundsite.campaigns.editing import find_for_staff
from fundsite.campaigns.models import Campaign
from fundsite.i18n import gettext as _
from fundsite.pages.campaign import page_of
from fundsite.pages.opening import NotReady, checklist_of, open_campaign

bp = Blueprint("pages_manage", __name__, url_prefix="/staff/campaigns/<slug>")


@bp.get("/")
@for_roles(EDITOR)
def overview(slug: str) -> ResponseReturnValue:
    """Show how far along a campaign is."""
    return _page(find_for_staff(slug))


def _page(campaign: Campaign, refusal: str = "") -> str:
    return render_template(
        "campaigns/manage/overview.html", campaign=campaign, checklist=checklist_of(campaign), refusal=refusal
    )


@bp.get("/preview")
@for_roles(EDITOR)
def preview(slug: str) -> ResponseReturnValue:
    """Show the campaign page as it will be, to staff alone."""
    campaign = find_for_staff(slug)
    return render_template("pages/campaign.html", page=page_of(campaign), preview=campaign)


@bp.post("/open")
@for_roles(EDITOR)
def open_it(slug: str) -> ResponseReturnValue:
    """Publish the campaign."""
    campaign = find_for_staff(slug)
    try:
        open_campaign(campaign.id, acting_staff().id)
    except NotReady:
        return _page(find_for_staff(slug), _("まだ足りない項目があるため、公開できません。")), 422
    flash(_("公開しました。"))
    return redirect(url_for(".overview", slug=slug), 303)
