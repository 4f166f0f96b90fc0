"""What the pages behind a pledge's private link share: whose pledge it is, and how a page about it is made."""

from flask import abort, make_response, render_template
from flask.typing import ResponseReturnValue

from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import header_of
from fundsite.campaigns.service import next_goals
from fundsite.db import db
from fundsite.pledges.letters import view_of
from fundsite.pledges.models import Pledge
from fundsite.pledges.refusals import refusal_of
from fundsite.pledges.service import CheckoutUnavailable, find_by_token
from fundsite.pledges.vouchers import CannotGiveUp


def opened(token: str) -> Pledge:
    """Return the pledge of a private link; 404 where there is none, with the way to another link."""
    pledge = find_by_token(token)
    if pledge is None:
        abort(make_response(render_template("supporters/no_link.html"), 404))
    return pledge


def pledge_page(template: str, pledge: Pledge, **more: object) -> str:
    """Render a page about one pledge."""
    campaign = db.session.get_one(Campaign, pledge.campaign_id)
    header = header_of(campaign, next_goals(campaign))
    return render_template(template, pledge=view_of(pledge), header=header, **more)


def unavailable(pledge: Pledge, error: CheckoutUnavailable | CannotGiveUp) -> ResponseReturnValue:
    """Say that Stripe could not be asked, or that it is too late."""
    campaign = db.session.get_one(Campaign, pledge.campaign_id)
    refusal = refusal_of(error, campaign)
    page = pledge_page("pledges/unavailable.html", pledge, title=refusal.title, text=refusal.text, rewards=[])
    return page, refusal.status
