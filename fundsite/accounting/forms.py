"""The forms of the money room."""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FileField, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional, StopValidation

from fundsite import clock, text
from fundsite.accounting.words import source_label
from fundsite.fields import Between, DayField, ParsedArea, ParsedEmail, ParsedField, at_most, needed
from fundsite.i18n import gettext as _
from fundsite.money import formatted
from fundsite.pledges.offline import SOURCES
from fundsite.rewards.models import Reward
from fundsite.settings import current_settings

LONGEST_REASON, LONGEST_NOTE, LONGEST_LINE = 500, 500, 100
MOST = 999_999_999


def new_attempt() -> str:
    """Return what makes two clicks of one form one act."""
    return secrets.token_urlsafe(16)


def _amount(label: str, least: int, most: int, complaint: str, **kwargs: Any) -> Field:
    return ParsedField(
        label,
        text.whole_number,
        _("金額は数字で入力してください。例: 3000"),
        validators=[needed(_("金額を入力してください。")), Between(least, most, complaint)],
        **kwargs,
    )


def refund_form(left: int, currency: str, *, has_stock: bool, may_tell: bool, **kwargs: Any) -> FlaskForm:
    """Return the form for giving money back; `may_tell` asks whether a mail goes out where that is not certain."""
    most = _("返金できるのは%(left)sまでです。") % {"left": formatted(left, currency)}
    fields: dict[str, Any] = {
        "attempt": HiddenField(default=new_attempt),
        "amount": _amount(_("返金する金額"), 1, left, most, description=most, default=left),
        "reason": ParsedArea(
            _("返金の理由"),
            description=_("返金のお知らせメールに、このまま載ります。"),
            validators=[needed(_("理由を入力してください。")), at_most(LONGEST_REASON)],
        ),
    }
    if has_stock:
        choices = [
            SelectChoice("return", _("戻す（ほかの方が選べるようになります）")),
            SelectChoice("keep", _("戻さない（すでにお渡しした、など）")),
        ]
        fields["stock"] = RadioField(
            _("リターンの在庫"),
            choices=choices,
            validators=[InputRequired(_("在庫を戻すかどうかを選んでください。"))],
            description=_("全額を返金し終えたときに、在庫に戻すかどうかです。あとから戻すこともできます。"),
        )
    if may_tell:
        fields["tells"] = BooleanField(_("返金のお知らせメールを送る"), default=True)
    return type("RefundForm", (FlaskForm,), fields)(**kwargs)


def note_form(label: str, hint: str, **kwargs: Any) -> FlaskForm:
    """Return a form of one text that must be there."""
    fields = {
        "note": ParsedArea(
            label, description=hint, validators=[needed(_("内容を入力してください。")), at_most(LONGEST_NOTE)]
        )
    }
    return type("NoteForm", (FlaskForm,), fields)(**kwargs)


class NotLater:
    """Refuse a day to come."""

    def __call__(self, _form: object, field: Field) -> None:
        """Complain of tomorrow, in the site's time zone."""
        if isinstance(field.data, date) and field.data > clock.local_day(clock.now(), current_settings().timezone):
            raise StopValidation(_("受け取った日は、今日までの日付にしてください。"))


def offline_form(rewards: Sequence[Reward], currency: str, **kwargs: Any) -> FlaskForm:
    """Return the form for money that did not come through Stripe."""
    tiers = [
        SelectChoice(one.code, f"{one.code}: {one.title} {formatted(one.amount, currency)}")
        for one in rewards
        if one.remaining is None or one.remaining > 0
    ]
    fields: dict[str, Any] = {
        "attempt": HiddenField(default=new_attempt),
        "source": RadioField(
            _("受け取り方"),
            choices=[SelectChoice(source, source_label(source)) for source in SOURCES],
            validators=[InputRequired(_("受け取り方を選んでください。"))],
        ),
        "received_on": DayField(
            _("受け取った日"), validators=[needed(_("受け取った日を入力してください。")), NotLater()]
        ),
        "amount": _amount(_("金額"), 1, MOST, _("金額は1円以上で入力してください。")),
        "reward": SelectField(
            _("リターン"), choices=[SelectChoice("", _("リターンなし")), *tiers], validators=[Optional()], default=""
        ),
        "quantity": ParsedField(
            _("数量"),
            text.whole_number,
            _("数量は数字で入力してください。"),
            validators=[needed(_("数量を入力してください。")), Between(1, 999, _("数量は1以上で入力してください。"))],
            default=1,
        ),
        "name": ParsedField(_("お名前"), validators=[Optional(), at_most(LONGEST_LINE)]),
        "email": ParsedEmail(
            _("メールアドレス"),
            text.email,
            _("メールアドレスの形が正しくありません。例: hanako@example.jp"),
            validators=[Optional()],
        ),
        "display_name": ParsedField(
            _("公開するお名前"),
            description=_("プロジェクトのページに載ります。空のときは「匿名」です。ご本人の了承を得てご記入ください。"),
            validators=[Optional(), at_most(LONGEST_LINE)],
        ),
        "memo": ParsedArea(
            _("メモ"),
            description=_("スタッフだけが見られます。例: 夏まつりの募金箱"),
            validators=[Optional(), at_most(LONGEST_NOTE)],
        ),
        "thanks": BooleanField(_("お礼のメールを送る（メールアドレスがあるときだけ）")),
    }
    return type("OfflineForm", (FlaskForm,), fields)(**kwargs)


def import_form(**kwargs: Any) -> FlaskForm:
    """Return the form for a file of many."""
    hint = _("CSVファイル（UTF-8 または Shift_JIS）。1,000行、300KBまで。")
    chosen = InputRequired(_("ファイルを選んでください。"))
    fields = {"file": FileField(_("ファイル"), description=hint, validators=[chosen])}
    return type("ImportForm", (FlaskForm,), fields)(**kwargs)
