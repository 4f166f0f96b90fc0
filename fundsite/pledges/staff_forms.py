"""The forms with which staff answer and hide comments."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField

from fundsite.fields import ParsedArea, at_most, needed
from fundsite.i18n import gettext as _

LONGEST_REPLY = 1000
LONGEST_REASON = 300
LONGEST_WORD = 500


def reply_form(**kwargs: Any) -> FlaskForm:
    """Return the form for an answer; `seen` says which answer stood there when it was begun."""
    fields = {
        "seen": HiddenField(),
        "reply": ParsedArea(
            _("返信"),
            description=_("団体からの返信として、コメントの下に公開されます。空にして保存すると、返信を取り消します。"),
            validators=[at_most(LONGEST_REPLY)],
        ),
    }
    return type("ReplyForm", (FlaskForm,), fields)(**kwargs)


def return_form(**kwargs: Any) -> FlaskForm:
    """Return the form for sending a transfer back; `amount` is what staff were shown."""
    fields = {
        "amount": HiddenField(),
        "reason": ParsedArea(
            _("支援者へのことば"),
            description=_("返金をお知らせするメールに載ります。空欄でもかまいません。"),
            validators=[at_most(LONGEST_WORD)],
        ),
    }
    return type("ReturnForm", (FlaskForm,), fields)(**kwargs)


def hide_form(**kwargs: Any) -> FlaskForm:
    """Return the form for taking a comment off the public pages."""
    fields = {
        "reason": ParsedArea(
            _("非公開にする理由"),
            description=_("支援者ご本人の専用ページに表示されます。公開のページには出ません。"),
            validators=[needed(_("理由を入力してください。")), at_most(LONGEST_REASON)],
        ),
    }
    return type("HideForm", (FlaskForm,), fields)(**kwargs)
