"""The forms of the staff room's door."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, EqualTo, Length

from fundsite.access import EDITOR, ROLES
from fundsite.i18n import gettext as _
from fundsite.staff.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD
from fundsite.staff.words import role_hint, role_label

LONGEST_NAME = 60
LONGEST_EMAIL = 254


def _form(name: str, fields: dict[str, Any], **kwargs: Any) -> FlaskForm:
    return type(name, (FlaskForm,), fields)(**kwargs)


def _email() -> EmailField:
    needed = DataRequired(_("メールアドレスを入力してください。"))
    return EmailField(_("メールアドレス"), validators=[needed, Length(max=LONGEST_EMAIL)])


def _password(label: str, **kwargs: Any) -> PasswordField:
    return PasswordField(label, validators=[DataRequired(_("パスワードを入力してください。"))], **kwargs)


def _new_password() -> dict[str, PasswordField]:
    length = Length(SHORTEST_PASSWORD, LONGEST_PASSWORD, _("%(min)d文字以上で入力してください。"))
    hint = _("%(least)s文字以上。ほかで使っていないものにしてください。") % {"least": SHORTEST_PASSWORD}
    needed, same = DataRequired(_("パスワードを入力してください。")), _("2つのパスワードが違います。")
    return {
        "new_password": PasswordField(_("新しいパスワード"), description=hint, validators=[needed, length]),
        "again": PasswordField(_("新しいパスワード（確認）"), validators=[needed, EqualTo("new_password", same)]),
    }


def _name() -> StringField:
    needed = DataRequired(_("お名前を入力してください。"))
    return StringField(_("お名前"), validators=[needed, Length(max=LONGEST_NAME)])


def _code(label: str, hint: str) -> StringField:
    return StringField(label, description=hint, validators=[DataRequired(_("コードを入力してください。"))])


def sign_in_form(**kwargs: Any) -> FlaskForm:
    """Return the form of the sign-in page."""
    return _form("SignInForm", {"email": _email(), "password": _password(_("パスワード"))}, **kwargs)


def code_form(**kwargs: Any) -> FlaskForm:
    """Return the form for the second step."""
    hint = _("認証アプリに表示されている6桁の数字。端末がお手元にないときは、予備コードを入力してください。")
    return _form("CodeForm", {"code": _code(_("確認コード"), hint)}, **kwargs)


def ask_reset_form(**kwargs: Any) -> FlaskForm:
    """Return the form that asks for a mail."""
    return _form("AskResetForm", {"email": _email()}, **kwargs)


def new_password_form(**kwargs: Any) -> FlaskForm:
    """Return the form for a new password."""
    return _form("NewPasswordForm", _new_password(), **kwargs)


def welcome_form(**kwargs: Any) -> FlaskForm:
    """Return the form by which an invited person makes their account."""
    return _form("WelcomeForm", {"name": _name(), **_new_password()}, **kwargs)


def name_form(**kwargs: Any) -> FlaskForm:
    """Return the form for one's name."""
    return _form("NameForm", {"name": _name()}, **kwargs)


def change_password_form(**kwargs: Any) -> FlaskForm:
    """Return the form for another password."""
    fields = {"password": _password(_("いまのパスワード")), **_new_password()}
    return _form("ChangePasswordForm", fields, **kwargs)


def confirm_form(**kwargs: Any) -> FlaskForm:
    """Return the form by which somebody who is signed in proves it again."""
    return _form("ConfirmForm", {"password": _password(_("いまのパスワード"))}, **kwargs)


def set_up_form(**kwargs: Any) -> FlaskForm:
    """Return the form that ends the set-up of codes."""
    fields = {
        "box": HiddenField(),
        "code": _code(_("確認コード"), _("認証アプリに表示された6桁の数字を入力してください。")),
        "password": _password(
            _("いまのパスワード"), description=_("ご本人であることの確認のため、もう一度入力してください。")
        ),
    }
    return _form("SetUpForm", fields, **kwargs)


def passkey_form(**kwargs: Any) -> FlaskForm:
    """Return the form that begins a new passkey."""
    needed = DataRequired(_("パスキーの名前を入力してください。"))
    hint = _("あとで見分けるための名前です。例: 仕事のスマートフォン")
    label = StringField(_("パスキーの名前"), description=hint, validators=[needed, Length(max=LONGEST_NAME)])
    return _form("PasskeyForm", {"label": label, "password": _password(_("いまのパスワード"))}, **kwargs)


def passkey_answer_form(**kwargs: Any) -> FlaskForm:
    """Return the form that brings a passkey's answer; a script fills it."""
    return _form("PasskeyAnswerForm", {"box": HiddenField(), "answer": HiddenField()}, **kwargs)


def _role_choices() -> list[SelectChoice]:
    return [SelectChoice(role, role_label(role)) for role in ROLES]


def invite_form(**kwargs: Any) -> FlaskForm:
    """Return the form for an invitation."""
    choices = [SelectChoice(role, f"{role_label(role)} — {role_hint(role)}") for role in ROLES]
    complaint = DataRequired(_("役割を選んでください。"))
    role = RadioField(_("役割"), choices=choices, default=EDITOR, validators=[complaint], validate_choice=True)
    return _form("InviteForm", {"email": _email(), "role": role}, **kwargs)


def role_form(**kwargs: Any) -> FlaskForm:
    """Return the form for somebody's role."""
    return _form("RoleForm", {"role": SelectField(_("役割"), choices=_role_choices())}, **kwargs)


def rules_form(**kwargs: Any) -> FlaskForm:
    """Return the form for what holds for everybody."""
    hint = _("まだ設定していないスタッフには、次に操作するときに設定のページをご案内します。")
    required = BooleanField(_("スタッフ全員に2段階認証を求める"), description=hint)
    return _form("RulesForm", {"codes_required": required}, **kwargs)
