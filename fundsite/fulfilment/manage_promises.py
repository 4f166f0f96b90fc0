"""What was promised by when: how it stands, who waits, telling of a delay, and what everybody may see."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fundsite.access import EDITOR, FULFILMENT, OWNER, acting_staff, for_roles
from fundsite.fulfilment.errors import NoSuchBatch
from fundsite.fulfilment.manage import no_such_batch
from fundsite.fulfilment.obligations import keep_obligations
from fundsite.fulfilment.promise_notices import draft_notice
from fundsite.fulfilment.promises import MOST_PEOPLE, find_promised, promises, show_shipped, standing_of, today, waiting
from fundsite.i18n import gettext as _

bp = Blueprint("shipping_promises", __name__, url_prefix="/staff/shipping/promises")

bp.register_error_handler(NoSuchBatch, no_such_batch)


@bp.get("/")
@for_roles(FULFILMENT)
def index() -> ResponseReturnValue:
    """Show how every promise stands."""
    keep_obligations()
    return render_template("fulfilment/promises.html", campaigns=promises())


@bp.get("/<int:reward_id>/")
@for_roles(FULFILMENT)
def show(reward_id: int) -> ResponseReturnValue:
    """List who waits for a reward, the longest first."""
    reward, campaign = find_promised(reward_id)
    day, found = today(), waiting(reward_id)
    people = [(row, standing_of(row.due_month, 1, day)) for row in found]
    return render_template(
        "fulfilment/waiting.html", reward=reward, campaign=campaign, people=people, cut=len(found) == MOST_PEOPLE
    )


@bp.post("/<int:reward_id>/notice")
@for_roles(FULFILMENT)
def notice(reward_id: int) -> ResponseReturnValue:
    """Draft a report that a reward is late; whoever writes reports finishes it."""
    person = acting_staff()
    report_id = draft_notice(reward_id, person.name, person.id)
    if person.role in (OWNER, EDITOR):
        return redirect(url_for("reports.edit", report_id=report_id), 303)
    flash(_("活動報告に下書きを作りました。活動報告の担当の方に、仕上げと公開をお願いしてください。"))
    return redirect(url_for(".index"), 303)


@bp.post("/<int:reward_id>/public")
@for_roles(FULFILMENT)
def public_line(reward_id: int) -> ResponseReturnValue:
    """Show on the public page how much of a reward has gone out, or hide it."""
    find_promised(reward_id)
    shown = request.form.get("shown") == "y"
    show_shipped(reward_id, acting_staff().id, shown=shown)
    flash(_("公開ページに発送の進み具合を出します。") if shown else _("公開ページから発送の進み具合を消しました。"))
    return redirect(url_for(".index"), 303)
