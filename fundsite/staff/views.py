"""The door of the staff room, and its first page."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fundsite.access import acting_staff, for_roles, public
from fundsite.i18n import gettext as _
from fundsite.limits import sign_in_limit
from fundsite.settings import current_settings
from fundsite.staff.forms import sign_in_form
from fundsite.staff.service import StaffRefused, prove
from fundsite.staff.sessions import COOKIE, LIFETIME, close_session, open_session

bp = Blueprint("staff", __name__, url_prefix="/staff")


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@sign_in_limit
def sign_in() -> ResponseReturnValue:
    """Let somebody of staff in."""
    form = sign_in_form()
    if not form.validate_on_submit():
        return render_template("staff/sign_in.html", form=form), 422 if form.errors else 200
    try:
        staff_id = prove(form.email.data, form.password.data)
    except StaffRefused:
        form.password.errors = [_("メールアドレスかパスワードが違います。")]
        return render_template("staff/sign_in.html", form=form), 422
    response = redirect(_safe(request.args.get("next")), 303)
    response.set_cookie(
        COOKIE,
        open_session(staff_id, request.user_agent.string),
        max_age=int(LIFETIME.total_seconds()),
        path="/",
        secure=current_settings().is_https,
        httponly=True,
        samesite="Lax",
    )
    return response


def _safe(address: str | None) -> str:
    """Return a page of the staff room: a foreign address that somebody slipped in is not followed."""
    home = url_for("staff.home")
    return address if address and address.startswith(home) and "\\" not in address else home


@bp.post("/sign-out")
@for_roles()
def sign_out() -> ResponseReturnValue:
    """End this session."""
    close_session(acting_staff().session_id)
    response = redirect(url_for("staff.sign_in"), 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@bp.get("/")
@for_roles()
def home() -> ResponseReturnValue:
    """Show where to go from here."""
    return render_template("staff/home.html")
