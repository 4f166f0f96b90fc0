"""The supporter's private pages, behind the token of a mailed link: thanks, coming back from checkout, the room."""

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import public
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import header_of, localised
from fundsite.campaigns.service import next_goals
from fundsite.campaigns.share import share_links
from fundsite.db import db
from fundsite.pledges.checkout import resume_checkout
from fundsite.pledges.letters import view_of
from fundsite.pledges.models import Pledge
from fundsite.pledges.moderation import comment_state
from fundsite.pledges.refusals import refusal_of
from fundsite.pledges.service import CheckoutUnavailable, find_by_token
from fundsite.pledges.settlement import ask, leave
from fundsite.pledges.vouchers import CannotGiveUp
from fundsite.receipts.links import receipts_of
from fundsite.receipts.words import kind_label
from fundsite.supporters.changes import PUBLIC_WORDS, ChangedMeanwhile, change_words, is_open, seen
from fundsite.supporters.forms import mails_form, words_form
from fundsite.supporters.mails import choose_mails, wanted_mails
from fundsite.supporters.parcel import parcel_of
from fundsite.updates.audience import opened_reports

bp = Blueprint("room", __name__, url_prefix="/pledges/<token>")

NEWEST = 3  # reports that the room itself names


@bp.get("/thanks")
@public
def thanks(token: str) -> ResponseReturnValue:
    """Say what is known now. Stripe may be asked, and its answer is applied as a webhook's would be."""
    ask(opened(token))
    pledge = opened(token)
    if pledge.status in {"expired", "canceled"}:
        return redirect(url_for("room.left", token=token), 303)
    if pledge.status in {"refund_due", "refunded", "declined", "uncharged", "ended", "charged_back"}:
        return redirect(url_for("room.room", token=token), 303)
    campaign = db.session.get_one(Campaign, pledge.campaign_id)
    share = share_links(campaign.title, localised(f"/c/{campaign.slug}/"), campaign.hashtags)
    return pledge_page(
        "supporters/thanks.html", pledge, settled=pledge.status not in {"pending", "waiting"}, share=share
    )


@bp.get("/left")
@public
def left(token: str) -> ResponseReturnValue:
    """Offer, to one who came back from Stripe's page without paying, to go on or to give up; or say that it is over."""
    ask(opened(token))
    pledge = opened(token)
    if pledge.status not in {"pending", "expired", "canceled"}:
        return redirect(url_for("room.thanks", token=token), 303)
    return pledge_page("supporters/left.html" if pledge.status == "pending" else "supporters/ended.html", pledge)


@bp.post("/resume")
@public
def resume(token: str) -> ResponseReturnValue:
    """Lead back to the checkout page that is still open."""
    pledge = opened(token)
    try:
        return redirect(resume_checkout(pledge), 303)
    except CheckoutUnavailable as error:
        return unavailable(opened(token), error)


@bp.post("/give-up")
@public
def give_up(token: str) -> ResponseReturnValue:
    """Close the checkout page for good and give the stock back."""
    pledge = opened(token)
    try:
        leave(pledge)
    except (CheckoutUnavailable, CannotGiveUp) as error:
        return unavailable(opened(token), error)
    return redirect(url_for("room.left", token=token), 303)


@bp.route("/", methods=["GET", "POST"])
@public
def room(token: str) -> ResponseReturnValue:
    """Show a pledge to its supporter, and let the public words be changed."""
    pledge = opened(token)
    form = words_form(obj=pledge, data={"seen": seen(pledge, PUBLIC_WORDS)})
    if not form.validate_on_submit():
        return _room_page(pledge, form), 422 if form.errors else 200
    try:
        change_words(pledge.id, form.seen.data or "", {name: form[name].data for name in PUBLIC_WORDS})
    except ChangedMeanwhile:
        fresh = opened(token)
        form.seen.data = seen(fresh, PUBLIC_WORDS)
        return _room_page(fresh, form, changed=True), 409
    return redirect(url_for("room.room", token=token, saved=1), 303)


@bp.post("/mails")
@public
def mails(token: str) -> ResponseReturnValue:
    """Keep which mails the supporter wants."""
    pledge, form = opened(token), mails_form()
    if not form.validate_on_submit():
        abort(400)
    choose_mails(pledge.id, reports=form.reports.data, newsletter=form.newsletter.data)
    return redirect(url_for("room.room", token=token, saved=1, _anchor="mails"), 303)


def _room_page(pledge: Pledge, form: FlaskForm, *, changed: bool = False) -> str:
    return pledge_page(
        "supporters/room.html",
        pledge,
        form=form,
        changed=changed,
        answered=comment_state(pledge.id),
        phone=pledge.phone,
        answers=pledge.answers,
        saved="saved" in request.args and not form.errors,
        late="late" in request.args and pledge.status != "canceled",
        parcel=parcel_of(pledge.id),
        editable=is_open(pledge),
        reports=[update for update, _campaign in opened_reports(pledge)[:NEWEST]] if pledge.counted else [],
        receipts=[(receipt, kind_label(receipt.kind)) for receipt in receipts_of(pledge.id)],
        mails=mails_form(data=wanted_mails(pledge), formdata=None),
    )


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
