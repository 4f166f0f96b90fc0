"""Reading what is not for everyone: through the private link of a pledge, or of somebody who follows."""

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fundsite.access import public
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import header_of
from fundsite.campaigns.service import next_goals
from fundsite.db import db
from fundsite.pledges.models import Pledge
from fundsite.updates.audience import opened_reports
from fundsite.updates.models import Update
from fundsite.updates.opening import Opening, find_pledge, to_follower, to_supporter
from fundsite.updates.service import find_update

bp = Blueprint("reading", __name__)


@dataclass(frozen=True)
class OpenReport:
    """A report in a supporter's list, and where they read it."""

    title: str
    lead: str
    campaign_title: str
    published_at: object
    is_public: bool
    url: str


@bp.get("/pledges/<token>/updates/")
@public
def index(token: str) -> ResponseReturnValue:
    """List the reports that a pledge opens."""
    pledge = find_pledge(token)
    campaign = db.session.get_one(Campaign, pledge.campaign_id)
    reports = [_open_report(update, of, token, pledge) for update, of in opened_reports(pledge)]
    return render_template(
        "updates/opened.html", header=header_of(campaign, next_goals(campaign)), reports=reports, token=token
    )


@bp.get("/pledges/<token>/updates/<int:number>/")
@public
def by_pledge(token: str, number: int) -> ResponseReturnValue:
    """Show a report of the campaign that was pledged to, or tell who may read it."""
    return _report(to_supporter(token, number), room=url_for("room.room", token=token))


@bp.get("/pledges/<token>/updates/<slug>/<int:number>/")
@public
def elsewhere(token: str, slug: str, number: int) -> ResponseReturnValue:
    """Show a report of another campaign, as monthly supporters read them."""
    return _report(to_supporter(token, number, slug), room=url_for("room.room", token=token))


@bp.get("/followers/<token>/updates/<int:number>/")
@public
def by_follower(token: str, number: int) -> ResponseReturnValue:
    """Show a report to somebody who follows, where it is for them."""
    return _report(to_follower(token, number), room="")


def _open_report(update: Update, campaign: Campaign, token: str, pledge: Pledge) -> OpenReport:
    if update.is_public:
        url = url_for("updates.show", slug=campaign.slug, number=update.number)
    elif campaign.id == pledge.campaign_id:
        url = url_for("reading.by_pledge", token=token, number=update.number)
    else:
        url = url_for("reading.elsewhere", token=token, slug=campaign.slug, number=update.number)
    return OpenReport(update.title, update.lead, campaign.title, update.published_at, update.is_public, url)


def _report(found: Opening, *, room: str) -> ResponseReturnValue:
    campaign, update = found.campaign, found.update
    if update.is_public:
        return redirect(url_for("updates.show", slug=campaign.slug, number=update.number), 303)
    page = render_template(
        "updates/private.html",
        header=header_of(campaign, next_goals(campaign)),
        page=find_update(campaign.id, update.number or 0, opened=found.opened),
        opened=found.opened,
        room=room,
    )
    return page, 200 if found.opened else 403
