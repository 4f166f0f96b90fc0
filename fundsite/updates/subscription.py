"""Pages of following a campaign by mail, and of stopping its mails."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fundsite.access import public
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import header_of
from fundsite.campaigns.service import find_campaign, next_goals
from fundsite.db import db
from fundsite.i18n import current_locale
from fundsite.limits import follow_limit
from fundsite.updates.follow_forms import confirm_form, follow_form
from fundsite.updates.followers import ask, campaign_of, confirm, find_request, find_stoppable, stop_mails

bp = Blueprint("followers", __name__)
# Reached from a mail program's own button, which sends no form of ours: the token in the address is the proof.
stopping = Blueprint("stopping", __name__)


@bp.route("/c/<slug>/follow", methods=["GET", "POST"])
@public
@follow_limit
def follow(slug: str) -> ResponseReturnValue:
    """Take an address. The answer is the same whether or not it is known."""
    campaign = find_campaign(slug)
    form = follow_form()
    if form.validate_on_submit():
        ask(campaign, form.email.data, current_locale())
        return redirect(url_for("followers.asked", slug=slug), 303)
    return _page("updates/follow.html", campaign, form=form), 422 if form.errors else 200


@bp.get("/c/<slug>/follow/asked")
@public
def asked(slug: str) -> ResponseReturnValue:
    """Say that a mail is on its way."""
    return _page("updates/follow.html", find_campaign(slug), form=None)


@bp.route("/follow/<token>/", methods=["GET", "POST"])
@public
def confirmed(token: str) -> ResponseReturnValue:
    """Begin to follow, once the button is pressed: programs that look into mails open links, too."""
    found = find_request(token)
    if found is None:
        abort(404)
    campaign = db.session.get_one(Campaign, found.campaign_id)
    form = confirm_form()
    done = form.validate_on_submit()
    if done:
        confirm(found.id)
    return _page("updates/follow_confirm.html", campaign, form=form, done=done)


@stopping.route("/mail/stop/<token>", methods=["GET", "POST"])
@public
def stop(token: str) -> ResponseReturnValue:
    """Stop the mails of a campaign, or all but what a pledge causes. One click of a mail program is enough."""
    row = find_stoppable(token)
    if row is None or row.topic is None:
        abort(404)
    campaign = campaign_of(row.topic)
    everything = request.form.get("scope") == "everything"
    done = request.method == "POST"
    if done:
        stop_mails(row.id, everything=everything)
    return render_template(
        "updates/stop.html", campaign_title=campaign.title if campaign else "", done=done, everything=everything
    )


def _page(template: str, campaign: Campaign, **more: object) -> str:
    return render_template(template, header=header_of(campaign, next_goals(campaign)), **more)
