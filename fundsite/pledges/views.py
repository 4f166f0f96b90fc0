"""The pages of making a pledge: details, confirmation, and off to Stripe's page."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite import clock
from fundsite.access import public
from fundsite.campaigns.models import Campaign
from fundsite.campaigns.present import header_of
from fundsite.campaigns.service import find_campaign, is_open, next_goals
from fundsite.captcha import current_captcha
from fundsite.db import release
from fundsite.i18n import gettext as _
from fundsite.limits import browser_key, browser_limit, email_limit, pledge_limit, visitor_keys
from fundsite.money import formatted
from fundsite.pledges import access
from fundsite.pledges.address_help import CHOSEN, AddressHelp, help_with_address, is_asked
from fundsite.pledges.checkout import begin_checkout, is_begun
from fundsite.pledges.forms import LARGEST_TOTAL, pledge_form
from fundsite.pledges.monthly.words import six_monthly_points
from fundsite.pledges.open_checkouts import OpenPledge, TooManyOpen, open_pledges
from fundsite.pledges.orders import Summary, order_of, six_points, summary_of_form, typed_lines
from fundsite.pledges.origin import origin_of
from fundsite.pledges.refusals import REFUSALS, Refusal, not_open, refusal_of, too_many_open, unknown_reward
from fundsite.pledges.service import PledgeOrder, SoldOut, find_by_attempt
from fundsite.rewards.models import Reward
from fundsite.rewards.present import card_of
from fundsite.rewards.service import find_reward, rewards_of

bp = Blueprint("pledges", __name__)

ATTEMPTS_KEPT = 20


@bp.get("/c/<slug>/pledge")
@public
def details(slug: str) -> ResponseReturnValue:
    """Show the form for a reward, or for a pledge without one."""
    campaign, reward, refusal = _wanted(slug)
    if refusal:
        return _refused(campaign, refusal)
    attempt = _attempt(slug, reward)
    origin = origin_of(request.args, request.referrer or "", request.host)
    form = pledge_form(campaign, reward, data={"reward": reward.code if reward else "", "attempt": attempt, **origin})
    return _details_page(campaign, reward, form)


@bp.post("/c/<slug>/pledge")
@public
@pledge_limit
def confirm_details(slug: str) -> ResponseReturnValue:
    """Check what was typed; show it for confirmation, or again with what is wrong with it. Nothing is taken."""
    campaign, reward, refusal = _wanted(slug)
    if refusal:
        return _refused(campaign, refusal)
    form = pledge_form(campaign, reward)
    if is_asked(request.form):
        return _details_page(campaign, reward, form, help_with_address(form, request.form.get(CHOSEN, "")))
    summary = _checked(campaign, reward, form)
    if summary is None:
        return _details_page(campaign, reward, form), 422
    form.total.data = str(summary.total)
    return _confirm_page(campaign, form, summary)


@bp.post("/c/<slug>/pledge/confirm")
@public
@pledge_limit
@browser_limit
@email_limit
def confirm(slug: str) -> ResponseReturnValue:
    """Start the pledge that was confirmed and lead to its payment; the same confirmation twice is one pledge."""
    campaign, reward, refusal = _wanted(slug)
    if refusal and not find_by_attempt(request.form.get("attempt", "")):
        return _refused(campaign, refusal)
    form = pledge_form(campaign, reward)
    if "edit" in request.form:
        return _details_page(campaign, reward, form)
    summary = _checked(campaign, reward, form)
    if summary is None:
        return _details_page(campaign, reward, form), 422
    agreed = summary.total if form.total.data == str(summary.total) else 0
    order = replace(order_of(campaign, summary, form, agreed), visitor=visitor_keys())
    if not _may_ask_stripe(order, reward):
        return _confirm_page(find_campaign(slug), form, summary, proof_missing=True), 422
    return _to_checkout(slug, order)


def _to_checkout(slug: str, order: PledgeOrder) -> ResponseReturnValue:
    try:
        return redirect(begin_checkout(order), 303)
    except TooManyOpen as error:
        return _refused(find_campaign(slug), too_many_open(error), open_pledges(browser_key()))
    except REFUSALS as error:
        campaign = find_campaign(slug)
        return _refused(campaign, refusal_of(error, campaign))


def _may_ask_stripe(order: PledgeOrder, reward: Reward | None) -> bool:
    """Whether a proof that this is no program is given, or nobody asks for one.

    A proof is good for one time. The same order needs no other: of two confirmations at once the later one finds the
    pledge that the first began.
    """
    captcha = current_captcha()
    if captcha is None or is_begun(order, reward):
        return True
    release()
    return captcha.accepts(request.form.get(captcha.service.field, "")) or is_begun(order, reward)


def _wanted(slug: str) -> tuple[Campaign, Reward | None, Refusal | None]:
    """Find campaign and reward of a request, and why they cannot be had."""
    campaign = find_campaign(slug)
    code = request.form.get("reward", request.args.get("reward", ""))
    reward = find_reward(campaign.id, code) if code else None
    if code and reward is None:
        return campaign, None, unknown_reward(campaign)
    if not is_open(campaign, clock.now()):
        return campaign, reward, not_open(campaign)
    if reward and reward.remaining == 0 and not _holds(slug, reward):
        return campaign, reward, refusal_of(SoldOut(code), campaign)
    return campaign, reward, None


def _holds(slug: str, reward: Reward) -> bool:
    """Whether an unpaid pledge of this very browser holds some of the reward: the last one may be theirs."""
    attempt = session.get("attempts", {}).get(f"{slug}:{reward.code}")
    pledge = find_by_attempt(attempt) if attempt else None
    return pledge is not None and pledge.status == "pending"


def _checked(campaign: Campaign, reward: Reward | None, form: FlaskForm) -> Summary | None:
    """Return the summary of a valid form; None, with the complaints in the form, otherwise."""
    valid = form.validate_on_submit()
    summary = summary_of_form(campaign, reward, form)
    if valid and summary.total > LARGEST_TOTAL:
        limit = _("合計が%(most)sを超えています。") % {"most": formatted(LARGEST_TOTAL, campaign.currency)}
        form.extra.errors = [*form.extra.errors, limit]
        return None
    return summary if valid else None


def _attempt(slug: str, reward: Reward | None) -> str:
    """Return what makes every confirmation of this form one pledge, in any tab of this browser, until it is paid."""
    attempts: dict[str, str] = session.get("attempts", {})
    name = f"{slug}:{reward.code if reward else ''}"
    known = attempts.get(name)
    pledge = find_by_attempt(known) if known else None
    if known is None or (pledge is not None and pledge.status != "pending"):
        known = secrets.token_urlsafe(24)
        session["attempts"] = dict([*attempts.items(), (name, known)][-ATTEMPTS_KEPT:])
    return known


def _details_page(campaign: Campaign, reward: Reward | None, form: FlaskForm, found: AddressHelp | None = None) -> str:
    header = header_of(campaign, next_goals(campaign))
    pledge = find_by_attempt(form.attempt.data or "")
    pending = pledge is not None and pledge.status == "pending"
    return render_template(
        "pledges/details.html",
        header=header,
        form=form,
        found=found,
        reward=card_of(reward, accepts_pledges=header.accepts_pledges) if reward else None,
        summary=summary_of_form(campaign, reward, form),
        errors_heading=_("入力内容をご確認ください") if form.errors else "",
        open_pledge={"token": access.token_of(pledge.reference, pledge.link_number)} if pledge and pending else None,
    )


def _confirm_page(campaign: Campaign, form: FlaskForm, summary: Summary, *, proof_missing: bool = False) -> str:
    captcha = current_captcha()
    return render_template(
        "pledges/confirm.html",
        header=header_of(campaign, next_goals(campaign)),
        summary=summary,
        form=form,
        lines=typed_lines(form),
        legal=six_monthly_points(summary) if summary.monthly else six_points(summary),
        captcha=captcha.widget() if captcha else None,
        proof_missing=proof_missing,
    )


def _refused(campaign: Campaign, refusal: Refusal, mine: Sequence[OpenPledge] = ()) -> ResponseReturnValue:
    header = header_of(campaign, next_goals(campaign))
    cards = [card_of(row, accepts_pledges=header.accepts_pledges) for row in rewards_of(campaign.id)]
    page = render_template(
        "pledges/unavailable.html",
        header=header,
        title=refusal.title,
        text=refusal.text,
        rewards=[card for card in cards if card.can_be_chosen] if refusal.offers_rewards else [],
        open_pledges=mine,
    )
    return page, refusal.status
