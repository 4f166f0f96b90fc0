"""The page on which a supporter corrects where their parcel goes, and what they answered."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import public
from fundsite.db import db
from fundsite.i18n import gettext as _
from fundsite.pledges.address_help import CHOSEN, AddressHelp, help_with_address, is_asked
from fundsite.pledges.models import Pledge
from fundsite.pledges.orders import typed_address, typed_answers
from fundsite.rewards.models import Reward
from fundsite.rewards.service import promised
from fundsite.supporters.changes import DELIVERY, ChangedMeanwhile, Locked, Over, change_delivery, is_open, seen
from fundsite.supporters.forms import delivery_form
from fundsite.supporters.parcel import parcel_of
from fundsite.supporters.room import opened, pledge_page

bp = Blueprint("delivery", __name__, url_prefix="/pledges/<token>/delivery")


@bp.route("/", methods=["GET", "POST"])
@public
def edit(token: str) -> ResponseReturnValue:
    """Show what is kept, and change it until the parcel is prepared."""
    pledge = opened(token)
    reward = db.session.get(Reward, pledge.reward_id) if pledge.reward_id else None
    shipping = promised(reward, pledge.created_at).shipping if reward else "none"
    form = delivery_form(reward, shipping, data=_kept(pledge, reward))
    if is_asked(request.form):
        return _page(pledge, form, found=help_with_address(form, request.form.get(CHOSEN, "")))
    if not form.validate_on_submit():
        return _page(pledge, form), 422 if form.errors else 200
    values = {"name": form.name.data, "answers": [*typed_answers(form), *_no_longer_asked(pledge, reward)]}
    if shipping != "none":
        values |= typed_address(form, shipping)
    try:
        change_delivery(pledge.id, form.seen.data or "", values)
    except ChangedMeanwhile:
        return _changed(opened(token), form)
    except (Locked, Over):
        return _page(opened(token), form), 409
    return redirect(url_for("room.room", token=token, saved=1, _anchor="you"), 303)


def _kept(pledge: Pledge, reward: Reward | None) -> dict[str, object]:
    """Return what the form shows first."""
    answers = {row["question"]: row["answer"] for row in pledge.answers}
    asked = [question["label"] for question in reward.questions] if reward else []
    numbered = {f"q_{number}": answers.get(label, "") for number, label in enumerate(asked, 1)}
    return {name: getattr(pledge, name) for name in DELIVERY} | numbered | {"seen": seen(pledge, DELIVERY)}


def _no_longer_asked(pledge: Pledge, reward: Reward | None) -> list[dict[str, str]]:
    asked = {question["label"] for question in reward.questions} if reward else set()
    return [row for row in pledge.answers if row["question"] not in asked]


def _changed(pledge: Pledge, form: FlaskForm) -> ResponseReturnValue:
    form.seen.data = seen(pledge, DELIVERY)
    return _page(pledge, form, changed=True), 409


def _page(pledge: Pledge, form: FlaskForm, *, found: AddressHelp | None = None, changed: bool = False) -> str:
    parcel = parcel_of(pledge.id)
    return pledge_page(
        "supporters/delivery.html",
        pledge,
        form=form,
        found=found,
        changed=changed,
        fixed=parcel if parcel is not None and parcel.is_fixed else None,
        over=not is_open(pledge),
        errors_heading=_("入力内容をご確認ください") if form.errors else "",
    )
