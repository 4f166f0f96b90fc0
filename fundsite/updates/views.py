"""The pages of activity reports, and their feed."""

from flask import Blueprint, Response, render_template

from fundsite.access import public
from fundsite.campaigns.present import absolute, header_of, localised
from fundsite.campaigns.service import find_campaign, next_goals
from fundsite.campaigns.share import share_links
from fundsite.text import for_xml
from fundsite.updates.service import PER_PAGE, find_update, for_feed, newest
from fundsite.web import asked_number, cached

bp = Blueprint("updates", __name__)


@bp.get("/c/<slug>/updates/")
@public
@cached
def index(slug: str) -> str:
    """List a campaign's reports, newest first."""
    campaign = find_campaign(slug)
    page = max(asked_number("page") or 1, 1)
    updates, total = newest(campaign.id, PER_PAGE, (page - 1) * PER_PAGE)
    return render_template(
        "updates/index.html",
        header=header_of(campaign, next_goals(campaign)),
        updates=updates,
        total=total,
        page=page,
        pages=max(-(-total // PER_PAGE), 1),
    )


@bp.get("/c/<slug>/updates/<int(max=999999999):number>/")
@public
@cached
def show(slug: str, number: int) -> str:
    """Show one report, or who may read it."""
    campaign = find_campaign(slug)
    update = find_update(campaign.id, number)
    url = localised(f"/c/{slug}/updates/{number}/")
    return render_template(
        "updates/show.html",
        header=header_of(campaign, next_goals(campaign)),
        page=update,
        url=url,
        share=share_links(update.title, url, campaign.hashtags),
    )


@bp.get("/c/<slug>/updates.atom")
@public
@cached
def feed(slug: str) -> Response:
    """Give the public reports to feed readers."""
    campaign = find_campaign(slug)
    home = absolute(f"/c/{slug}/")
    xml = render_template("updates/feed.xml", campaign=campaign, home=home, updates=for_feed(campaign.id))
    return Response(for_xml(xml), mimetype="application/atom+xml")
