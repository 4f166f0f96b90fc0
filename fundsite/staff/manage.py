"""The owner's pages: people, invitations, what holds for everybody, and the audit log."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from fundsite.access import OWNER, acting_staff, for_roles
from fundsite.i18n import gettext as _
from fundsite.staff import audit_log, codes, invitations, service
from fundsite.staff.acts import action_label
from fundsite.staff.errors import AddressTaken, LastOwner, NoSuchThing, StaffRefused
from fundsite.staff.forms import invite_form, role_form, rules_form
from fundsite.staff.words import detail_words, object_label, role_hint, role_label

bp = Blueprint("people", __name__, url_prefix="/staff/people")
log_bp = Blueprint("audit_log", __name__, url_prefix="/staff/log")


def _page(form: FlaskForm | None = None, problem: str = "", status: int = 200) -> ResponseReturnValue:
    rules = rules_form(formdata=None, data={"codes_required": service.codes_required()})
    return (
        render_template(
            "staff/people.html",
            people=service.people(),
            invitations=invitations.open_invitations(),
            form=form or invite_form(formdata=None),
            role_forms={one.id: role_form(formdata=None, role=one.role) for one in service.people()},
            rules=rules,
            problem=problem,
            role_label=role_label,
            role_hint=role_hint,
            done=request.args.get("done", ""),
        ),
        status,
    )


def _done(what: str) -> ResponseReturnValue:
    return redirect(url_for("people.index", done=what), 303)


@bp.get("/")
@for_roles(OWNER)
def index() -> ResponseReturnValue:
    """Show who is of staff, and who is invited."""
    return _page()


@bp.post("/invite")
@for_roles(OWNER)
def invite() -> ResponseReturnValue:
    """Invite somebody by mail."""
    form = invite_form()
    if not form.validate():
        return _page(form, status=422)
    try:
        invitations.invite(acting_staff().id, form.email.data, form.role.data)
    except AddressTaken:
        form.email.errors = [_("このメールアドレスのスタッフはすでに登録されています。")]
        return _page(form, status=422)
    except StaffRefused:
        form.email.errors = [_("メールアドレスの形が正しくありません。例: hanako@example.jp")]
        return _page(form, status=422)
    return _done("invited")


@bp.post("/invitations/<int:invitation_id>/resend")
@for_roles(OWNER)
def resend(invitation_id: int) -> ResponseReturnValue:
    """Mail a new link."""
    try:
        invitations.resend(acting_staff().id, invitation_id)
    except NoSuchThing:
        abort(404)
    except AddressTaken:
        return _page(problem=_("このメールアドレスのスタッフはすでに登録されています。"), status=409)
    return _done("invited")


@bp.post("/invitations/<int:invitation_id>/withdraw")
@for_roles(OWNER)
def withdraw(invitation_id: int) -> ResponseReturnValue:
    """Let an invitation open nothing any more."""
    try:
        invitations.withdraw(acting_staff().id, invitation_id)
    except NoSuchThing:
        abort(404)
    return _done("withdrawn")


def _last_owner() -> ResponseReturnValue:
    problem = _("管理者がいなくなるため、この操作はできません。先にほかの方を管理者にしてください。")
    return _page(problem=problem, status=409)


@bp.post("/<int:staff_id>/role")
@for_roles(OWNER)
def change_role(staff_id: int) -> ResponseReturnValue:
    """Give somebody another role."""
    form = role_form()
    if not form.validate():
        abort(422)
    try:
        service.change_role(acting_staff().id, staff_id, form.role.data)
    except NoSuchThing:
        abort(404)
    except LastOwner:
        return _last_owner()
    return _done("role")


@bp.post("/<int:staff_id>/disable")
@for_roles(OWNER)
def disable(staff_id: int) -> ResponseReturnValue:
    """Close an account."""
    try:
        service.disable(acting_staff().id, staff_id)
    except NoSuchThing:
        abort(404)
    except LastOwner:
        return _last_owner()
    return _done("disabled")


@bp.post("/<int:staff_id>/enable")
@for_roles(OWNER)
def enable(staff_id: int) -> ResponseReturnValue:
    """Open a closed account again."""
    try:
        service.enable(acting_staff().id, staff_id)
    except NoSuchThing:
        abort(404)
    return _done("enabled")


@bp.post("/<int:staff_id>/codes-off")
@for_roles(OWNER)
def codes_off(staff_id: int) -> ResponseReturnValue:
    """Help somebody who lost the telephone and the recovery codes."""
    me = acting_staff()
    if staff_id == me.id:  # one's own are switched off in one's account, with the password
        abort(409)
    try:
        codes.switch_off(staff_id, by=me.id)
    except NoSuchThing:
        abort(404)
    return _done("codes-off")


@bp.post("/rules")
@for_roles(OWNER)
def save_rules() -> ResponseReturnValue:
    """Decide what holds for everybody."""
    service.require_codes(acting_staff().id, required=bool(rules_form().codes_required.data))
    return _done("rules")


@log_bp.get("/")
@for_roles(OWNER)
def index_log() -> ResponseReturnValue:
    """Show who did what."""
    asked = request.args
    wanted = audit_log.Wanted(
        staff_id=asked.get("staff", type=int),
        action=asked.get("action", ""),
        object_type=asked.get("object", ""),
        object_id=asked.get("id", "").strip(),
        before=asked.get("before", type=int),
    )
    return render_template(
        "staff/log.html",
        page=audit_log.log_page(wanted),
        wanted=wanted,
        people=service.people(),
        actions=audit_log.known_actions(),
        objects=audit_log.known_objects(),
        action_label=action_label,
        object_label=object_label,
        detail_words=detail_words,
    )
