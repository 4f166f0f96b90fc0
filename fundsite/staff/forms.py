"""The forms of the staff room's door."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired

from fundsite.i18n import gettext as _


def sign_in_form(**kwargs: Any) -> FlaskForm:
    """Return the form of the sign-in page."""
    fields = {
        "email": EmailField(_("メールアドレス"), validators=[DataRequired(_("メールアドレスを入力してください。"))]),
        "password": PasswordField(_("パスワード"), validators=[DataRequired(_("パスワードを入力してください。"))]),
    }
    return type("SignInForm", (FlaskForm,), fields)(**kwargs)
