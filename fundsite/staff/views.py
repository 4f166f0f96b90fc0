"""The door of the staff room, and its first page."""

import secrets

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from fundsite.access import acting_staff, for_roles, public
from fundsite.i18n import gettext as _
from fundsite.limits import sign_in_limit
from fundsite.settings import current_settings
from fundsite.staff import door, passkeys
from fundsite.staff.ceremony import origin
from fundsite.staff.errors import AddressTaken, LinkOver, WeakPassword, WrongCode, WrongPasskey, WrongPassword
from fundsite.staff.forms import (
    ask_reset_form,
    code_form,
    new_password_form,
    passkey_answer_form,
    sign_in_form,
    welcome_form,
)
from fundsite.staff.guard import before_codes, safe_next
from fundsite.staff.invitations import accept, find_invitation
from fundsite.staff.passwords import ask_reset, open_reset, reset_password
from fundsite.staff.sessions import COOKIE, LIFETIME, close_session, open_session
from fundsite.staff.tries import Paused
from fundsite.staff.words import role_hint, role_label

bp = Blueprint("staff", __name__, url_prefix="/staff")
PASSKEY_MARK = "passkey"  # in the browser's session: to whom a challenge was given
TOO_MANY = 429


def _visitor() -> door.Visitor:
    return door.Visitor(request.remote_addr or "", request.cookies.get(door.DEVICE_COOKIE, ""))


def _keep(response: Response, name: str, value: str, seconds: int) -> None:
    secure = current_settings().is_https
    response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax")


def _refuse(template: str, form: FlaskForm, field: str, words: str, status: int = 422) -> tuple[str, int]:
    form[field].errors = [words]
    return render_template(template, form=form), status


def pause_words(paused: Paused) -> str:
    """Say how long to wait."""
    return _("続けて間違いがあったため、%(minutes)s分ほどおいてから、もう一度お試しください。") % {
        "minutes": paused.minutes
    }


def weak_words() -> str:
    """Say what is wrong with a password."""
    return _("もう少し推測されにくいパスワードにしてください。")


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@sign_in_limit
def sign_in() -> ResponseReturnValue:
    """Let somebody of staff in, or ask for the code first."""
    form = sign_in_form()
    if not form.validate_on_submit():
        return _sign_in_page(form=form), 422 if form.errors else 200
    try:
        proven = door.prove(form.email.data, form.password.data, _visitor())
    except WrongPassword:
        form.password.errors = [_("メールアドレスかパスワードが違います。")]
        return _sign_in_page(form=form), 422
    except Paused as paused:
        form.password.errors = [pause_words(paused)]
        return _sign_in_page(form=form), TOO_MANY
    back = safe_next(request.args.get("next"))
    if not proven.needs_code:
        return _entered(proven.staff_id, back, "password")
    response = redirect(url_for("staff.code"), 303)
    _keep(response, door.HALF_COOKIE, door.half_open(proven.staff_id, back), door.HALF_SECONDS)
    return response


def _sign_in_page(form: FlaskForm | None = None, passkey: FlaskForm | None = None) -> str:
    """Show both ways in, the one that was tried as it was filled."""
    fresh = {"formdata": None}
    return render_template(
        "staff/sign_in.html",
        form=form or sign_in_form(**fresh),
        passkey=passkey or passkey_answer_form(**fresh),
        origin=origin(),
        back=request.args.get("next"),
        done=request.args.get("done", ""),
    )


@bp.post("/sign-in/passkey/options")
@public
@sign_in_limit
def passkey_options() -> ResponseReturnValue:
    """Tell a script what to ask a passkey; the answer is good from this browser only."""
    session.setdefault(PASSKEY_MARK, secrets.token_urlsafe(16))
    asked = passkeys.ask_any(session[PASSKEY_MARK])
    return {"box": asked.box, "options": asked.options}


@bp.route("/sign-in/passkey", methods=["GET", "POST"])
@public
@sign_in_limit
def passkey() -> ResponseReturnValue:
    """Let in whoever a passkey says is here."""
    back = safe_next(request.args.get("next"))
    form = passkey_answer_form()
    if not form.validate_on_submit():
        return _sign_in_page()
    try:
        mark = session.get(PASSKEY_MARK, "")
        staff_id = door.prove_passkey(form.answer.data or "", form.box.data or "", mark, _visitor())
    except WrongPasskey:
        form.answer.errors = [_("パスキーを確認できませんでした。もう一度お試しになるか、パスワードをお使いください。")]
        return _sign_in_page(passkey=form), 422
    except Paused as paused:
        form.answer.errors = [pause_words(paused)]
        return _sign_in_page(passkey=form), TOO_MANY
    return _entered(staff_id, back, "passkey")


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
@sign_in_limit
def code() -> ResponseReturnValue:
    """Ask for the code; only then a session opens."""
    half = door.half_opened(request.cookies.get(door.HALF_COOKIE, ""))
    if half is None:
        return redirect(url_for("staff.sign_in"), 303)
    form, page = code_form(), "staff/code.html"
    if not form.validate_on_submit():
        return render_template(page, form=form), 422 if form.errors else 200
    try:
        way = door.prove_code(half[0], form.code.data, _visitor())
    except WrongCode:
        return _refuse(page, form, "code", _("コードが違うか、すでに使われています。新しいコードを入力してください。"))
    except Paused as paused:
        return _refuse(page, form, "code", pause_words(paused), TOO_MANY)
    return _entered(half[0], safe_next(half[1]), way)


def _entered(staff_id: int, back: str, way: str) -> Response:
    """Open a session: its token is new, and nothing of what the browser kept before is believed any more."""
    session.clear()
    response = redirect(back, 303)
    token = open_session(staff_id, request.user_agent.string, request.cookies.get(COOKIE, ""), way)
    _keep(response, COOKIE, token, int(LIFETIME.total_seconds()))
    _keep(response, door.DEVICE_COOKIE, _visitor().remembering(staff_id), door.DEVICE_SECONDS)
    response.delete_cookie(door.HALF_COOKIE, path="/")
    return response


@bp.post("/sign-out")
@for_roles()
@before_codes
def sign_out() -> ResponseReturnValue:
    """End this session."""
    close_session(acting_staff().id, acting_staff().session_id)
    session.clear()
    response = redirect(url_for("staff.sign_in"), 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@bp.route("/reset/", methods=["GET", "POST"])
@public
@sign_in_limit
def forgotten() -> ResponseReturnValue:
    """Mail a link for a new password; the answer is the same for every address."""
    form, page = ask_reset_form(), "staff/forgotten.html"
    if not form.validate_on_submit():
        return render_template(page, form=form), 422 if form.errors else 200
    try:
        ask_reset(form.email.data, request.remote_addr or "")
    except Paused as paused:
        return _refuse(page, form, "email", pause_words(paused), TOO_MANY)
    return render_template(page, form=None)


@bp.route("/reset/<token>/", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    """Take a new password; looking at the page uses nothing up."""
    form, page = new_password_form(), "staff/reset.html"
    try:
        open_reset(token)
        if not form.validate_on_submit():
            return render_template(page, form=form), 422 if form.errors else 200
        reset_password(token, form.new_password.data)
    except LinkOver:
        return render_template("staff/link_over.html", again=True), 410
    except WeakPassword:
        return _refuse(page, form, "new_password", weak_words())
    return redirect(url_for("staff.sign_in", done="reset"), 303)


@bp.route("/welcome/<token>/", methods=["GET", "POST"])
@public
def welcome(token: str) -> ResponseReturnValue:
    """Let an invited person make their account, and in."""
    form, page = welcome_form(), "staff/welcome.html"
    try:
        found = find_invitation(token)
        said = {"email": found.email, "role": role_label(found.role), "hint": role_hint(found.role)}
        if not form.validate_on_submit():
            return render_template(page, form=form, **said), 422 if form.errors else 200
        staff_id = accept(token, form.name.data, form.new_password.data)
    except (LinkOver, AddressTaken):
        return render_template("staff/link_over.html", again=False), 410
    except WeakPassword:
        form.new_password.errors = [weak_words()]
        return render_template(page, form=form, **said), 422
    return _entered(staff_id, url_for("staff.home"), "invitation")


@bp.get("/")
@for_roles()
def home() -> ResponseReturnValue:
    """Show where to go from here."""
    return render_template("staff/home.html", role=role_label(acting_staff().role))
