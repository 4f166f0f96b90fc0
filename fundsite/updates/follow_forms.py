"""Forms of following a campaign by mail."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, Length

from fundsite import text
from fundsite.fields import ParsedEmail
from fundsite.i18n import gettext as _


def follow_form(**kwargs: Any) -> FlaskForm:
    """Return the form that asks for an address."""
    fields = {
        "email": ParsedEmail(
            _("メールアドレス"),
            text.email,
            _("メールアドレスの形が正しくありません。例: hanako@example.jp"),
            validators=[
                DataRequired(_("メールアドレスを入力してください。")),
                Length(max=254, message=_("%(max)d文字以内で入力してください。")),
            ],
        )
    }
    return type("FollowForm", (FlaskForm,), fields)(**kwargs)


def confirm_form(**kwargs: Any) -> FlaskForm:
    """Return the form of a single button."""
    return type("ConfirmForm", (FlaskForm,), {})(**kwargs)
