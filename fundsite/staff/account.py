"""One's own account: name, password, codes, passkeys, and where one is signed in."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import acting_staff, for_roles
from fundsite.i18n import gettext as _
from fundsite.staff import codes, passkeys
from fundsite.staff.ceremony import origin
from fundsite.staff.errors import CodesRequired, NoSuchThing, WeakPassword, WrongCode, WrongPasskey, WrongPassword
from fundsite.staff.forms import (
    change_password_form,
    confirm_form,
    name_form,
    passkey_answer_form,
    passkey_form,
    set_up_form,
)
from fundsite.staff.guard import before_codes, safe_next
from fundsite.staff.passwords import change_password, confirm
from fundsite.staff.service import codes_required, find_person, rename
from fundsite.staff.sessions import close_all_others, close_session, open_sessions
from fundsite.staff.tries import Paused
from fundsite.staff.views import pause_words, weak_words
from fundsite.staff.words import role_hint, role_label

bp = Blueprint("account", __name__, url_prefix="/staff/account")
FORMS = {
    "name": name_form,
    "password": change_password_form,
    "off": confirm_form,
    "renew": confirm_form,
    "passkey": passkey_form,
}


def _page(said: str, form: FlaskForm, status: int = 422) -> ResponseReturnValue:
    """Show the account with one form as it was filled, and the others fresh."""
    return _account({said: form}), status


def _account(filled: dict[str, FlaskForm]) -> str:
    me = acting_staff()
    fresh = {name: make(formdata=None, prefix=name) for name, make in FORMS.items() if name not in filled}
    forms = {**fresh, **filled}
    if "name" in fresh:
        forms["name"].name.data = me.name
    return render_template(
        "staff/account.html",
        forms=forms,
        person=find_person(me.id),
        role=role_label(me.role),
        hint=role_hint(me.role),
        sessions=open_sessions(me.id, me.session_id),
        recovery_left=codes.recovery_codes_left(me.id),
        required=codes_required(),
        passkeys=passkeys.passkeys_of(me.id),
        origin=origin(),
        done=request.args.get("done", ""),
    )


def _saved(what: str) -> ResponseReturnValue:
    return redirect(url_for("account.show", done=what), 303)


@bp.get("/")
@for_roles()
def show() -> ResponseReturnValue:
    """Show one's account."""
    return _account({})


@bp.post("/name")
@for_roles()
def save_name() -> ResponseReturnValue:
    """Take another name."""
    form = name_form(prefix="name")
    if not form.validate():
        return _page("name", form)
    rename(acting_staff().id, form["name"].data)
    return _saved("name")


@bp.post("/password")
@for_roles()
def save_password() -> ResponseReturnValue:
    """Take another password."""
    form, me = change_password_form(prefix="password"), acting_staff()
    if not form.validate():
        return _page("password", form)
    try:
        change_password(me.id, me.session_id, form["password"].data, form.new_password.data)
    except WeakPassword:
        form.new_password.errors = [weak_words()]
        return _page("password", form)
    except (WrongPassword, Paused) as refused:
        form["password"].errors = [_proof_words(refused)]
        return _page("password", form)
    return _saved("password")


def _proof_words(refused: WrongPassword | Paused) -> str:
    return pause_words(refused) if isinstance(refused, Paused) else _("パスワードが違います。")


@bp.route("/codes", methods=["GET", "POST"])
@for_roles()
@before_codes
def set_up_codes() -> ResponseReturnValue:
    """Set up the codes: a picture for the telephone, and a first code back."""
    form, me = set_up_form(), acting_staff()
    status = 200
    if form.validate_on_submit():
        try:
            confirm(me.id, me.session_id, form.password.data)
            shown = codes.switch_on(me.id, me.session_id, form.box.data or "", form.code.data)
            back = safe_next(request.args.get("next"))
            return render_template("staff/recovery_codes.html", codes=shown, back=back, first=True)
        except WrongCode:
            form.code.errors = [_("コードが違います。アプリに表示されている新しい数字を入力してください。")]
        except (WrongPassword, Paused) as refused:
            form.password.errors = [_proof_words(refused)]
    if form.is_submitted():
        status = 422
    set_up = codes.begin(me.id, form.box.data or "")
    form.box.data = set_up.box
    return render_template("staff/set_up_codes.html", form=form, set_up=set_up, required=me.lacks_codes), status


def _is_proven(form: FlaskForm) -> bool:
    """Whether the form is filled and its password proves who is here; its errors say what is wrong."""
    if not form.validate():
        return False
    try:
        confirm(acting_staff().id, acting_staff().session_id, form["password"].data)
    except (WrongPassword, Paused) as refused:
        form["password"].errors = [_proof_words(refused)]
        return False
    return True


@bp.post("/codes/off")
@for_roles()
def switch_codes_off() -> ResponseReturnValue:
    """Be asked for no codes any more."""
    form, me = confirm_form(prefix="off"), acting_staff()
    if not _is_proven(form):
        return _page("off", form)
    try:
        codes.switch_off(me.id, by=me.id)
    except CodesRequired:
        abort(409)
    return _saved("codes-off")


@bp.post("/codes/recovery")
@for_roles()
def renew_codes() -> ResponseReturnValue:
    """Make new recovery codes and show them once."""
    form = confirm_form(prefix="renew")
    if not _is_proven(form):
        return _page("renew", form)
    shown = codes.renew_recovery_codes(acting_staff().id)
    return render_template("staff/recovery_codes.html", codes=shown, back=url_for("account.show"), first=False)


@bp.post("/passkeys/new")
@for_roles()
def new_passkey() -> ResponseReturnValue:
    """Ask the browser for a new passkey, once the password proves who is here."""
    form, me = passkey_form(prefix="passkey"), acting_staff()
    if not _is_proven(form):
        return _page("passkey", form)
    asked = passkeys.ask_new(me.id, me.session_id, form.label.data)
    answer = passkey_answer_form(formdata=None, data={"box": asked.box})
    return render_template("staff/new_passkey.html", form=answer, options=asked.options, origin=origin())


@bp.post("/passkeys")
@for_roles()
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser made."""
    form, me = passkey_answer_form(), acting_staff()
    try:
        passkeys.add(me.id, me.session_id, form.box.data or "", form.answer.data or "")
    except WrongPasskey:
        return _saved("no-passkey")
    return _saved("passkey")


@bp.post("/passkeys/<int:passkey_id>/remove")
@for_roles()
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Let a passkey open nothing any more."""
    try:
        passkeys.remove(acting_staff().id, passkey_id)
    except NoSuchThing:
        abort(404)
    return _saved("passkey-removed")


@bp.post("/sessions/<int:session_id>/end")
@for_roles()
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign out elsewhere."""
    try:
        close_session(acting_staff().id, session_id)
    except NoSuchThing:
        abort(404)
    return _saved("signed-out")


@bp.post("/sessions/end-others")
@for_roles()
def end_others() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    close_all_others(acting_staff().id, acting_staff().session_id)
    return _saved("signed-out")
