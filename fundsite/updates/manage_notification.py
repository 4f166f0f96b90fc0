"""The staff page of a report's notification: how many it reaches, a test, start, stop and resume."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from fundsite.access import EDITOR, acting_staff, for_roles
from fundsite.campaigns.models import Campaign
from fundsite.db import db
from fundsite.i18n import current_locale
from fundsite.updates.notify import newest_reports, progress, resume, send_test, start_by_staff, stop
from fundsite.updates.service import published_by_id

bp = Blueprint("notifications", __name__, url_prefix="/staff")


@bp.get("/notifications/")
@for_roles(EDITOR)
def index() -> ResponseReturnValue:
    """List the newest reports, and which of them were mailed."""
    return render_template("updates/notifications.html", reports=newest_reports())


@bp.get("/updates/<int:update_id>/notification")
@for_roles(EDITOR)
def show(update_id: int) -> ResponseReturnValue:
    """Show how far a notification has come, and what can be done with it."""
    update = published_by_id(update_id)
    return render_template(
        "updates/notification.html",
        update=update,
        campaign=db.session.get_one(Campaign, update.campaign_id),
        progress=progress(update),
        tested="tested" in request.args,
    )


@bp.post("/updates/<int:update_id>/notification/start")
@for_roles(EDITOR)
def start(update_id: int) -> ResponseReturnValue:
    """Begin; a second click changes nothing."""
    start_by_staff(update_id, acting_staff().id)
    return _back(update_id)


@bp.post("/updates/<int:update_id>/notification/stop")
@for_roles(EDITOR)
def halt(update_id: int) -> ResponseReturnValue:
    """Send no more."""
    stop(update_id, acting_staff().id)
    return _back(update_id)


@bp.post("/updates/<int:update_id>/notification/resume")
@for_roles(EDITOR)
def go_on(update_id: int) -> ResponseReturnValue:
    """Send the rest."""
    resume(update_id, acting_staff().id)
    return _back(update_id)


@bp.post("/updates/<int:update_id>/notification/test")
@for_roles(EDITOR)
def test(update_id: int) -> ResponseReturnValue:
    """Send it to the person who asks, and nobody else."""
    member = acting_staff()
    send_test(update_id, member.email, member.id, current_locale())
    return redirect(url_for("notifications.show", update_id=update_id, tested=1), 303)


def _back(update_id: int) -> Response:
    return redirect(url_for("notifications.show", update_id=update_id), 303)
