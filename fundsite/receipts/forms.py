"""The forms of the receipts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional, StopValidation

from fundsite.accounting.forms import new_attempt
from fundsite.campaigns.models import Campaign
from fundsite.fields import DayField, ParsedArea, ParsedField, at_most, needed
from fundsite.i18n import gettext as _
from fundsite.receipts.models import DONATION, HONORIFICS, PLEDGE, RECEIPT, SUPPORTER

LONGEST_NAME, LONGEST_ADDRESS, LONGEST_REASON = 100, 200, 300


class NotBefore:
    """Refuse a last day before the first."""

    def __call__(self, form: FlaskForm, field: Field) -> None:
        """Complain at the last day."""
        if isinstance(form.from_on.data, date) and isinstance(field.data, date) and field.data < form.from_on.data:
            raise StopValidation(_("終わりの日は、はじまりの日より後にしてください。"))


def _which() -> dict[str, Any]:
    kinds = [SelectChoice(RECEIPT, _("領収書")), SelectChoice(DONATION, _("寄附金受領証明書（認定NPO法人など）"))]
    pers = [
        SelectChoice(PLEDGE, _("支援1件ごとに1枚")),
        SelectChoice(SUPPORTER, _("支援者ごとにまとめて1枚（メールアドレスとお名前が同じ方）")),
    ]
    chosen = [InputRequired(_("どちらかを選んでください。"))]
    return {
        "kind": RadioField(_("種類"), choices=kinds, default=RECEIPT, validators=chosen),
        "per": RadioField(_("まとめ方"), choices=pers, default=PLEDGE, validators=chosen),
        **_days(),
    }


def _days() -> dict[str, Any]:
    said = needed(_("日付を入力してください。"))
    return {
        "from_on": DayField(_("受け取った日（はじめ）"), validators=[said]),
        "to_on": DayField(_("受け取った日（おわり）"), validators=[said, NotBefore()]),
    }


def days_form(**kwargs: Any) -> FlaskForm:
    """Return the form that chooses a time, such as a fiscal year; it is sent by GET."""
    return type("DaysForm", (FlaskForm,), _days())(meta={"csrf": False}, **kwargs)


def choice_form(**kwargs: Any) -> FlaskForm:
    """Return the form that chooses one receipt; it is sent by GET and changes nothing."""
    reference = ParsedField(
        _("受付番号"),
        description=_("例: 7K3M-9Q2X"),
        validators=[needed(_("受付番号を入力してください。")), at_most(20)],
    )
    return type("ChoiceForm", (FlaskForm,), {"reference": reference, **_which()})(meta={"csrf": False}, **kwargs)


def issue_form(*, may_mail: bool, **kwargs: Any) -> FlaskForm:
    """Return the form that issues what was chosen: to whom, and whether a mail goes out."""
    fields = {
        "name": ParsedField(
            _("宛名"),
            description=_("法人名義などに変えられます。"),
            validators=[needed(_("宛名を入力してください。")), at_most(LONGEST_NAME)],
        ),
        "honorific": RadioField(
            _("敬称"),
            choices=[SelectChoice(one, one or _("なし")) for one in HONORIFICS],
            validators=[InputRequired(_("敬称を選んでください。"))],
        ),
        "address": ParsedArea(
            _("住所"),
            description=_("寄附金受領証明書には必要です。"),
            validators=[Optional(), at_most(LONGEST_ADDRESS)],
        ),
    }
    if may_mail:
        fields["sends_mail"] = BooleanField(_("受け取り用のリンクをメールで送る"), default=True)
    return type("IssueForm", (FlaskForm,), fields)(**kwargs)


def run_form(campaigns: Sequence[Campaign], **kwargs: Any) -> FlaskForm:
    """Return the form that chooses a run; sent by GET, it shows what the run would do."""
    every = SelectChoice("", _("すべてのプロジェクト"))
    fields = {
        "campaign": SelectField(
            _("プロジェクト"),
            choices=[every, *(SelectChoice(one.slug, one.title) for one in campaigns)],
            validators=[Optional()],
            default="",
        ),
        **_which(),
        "sends_mail": BooleanField(_("受け取り用のリンクをメールで送る")),
    }
    return type("RunForm", (FlaskForm,), fields)(meta={"csrf": False}, **kwargs)


def start_form(**kwargs: Any) -> FlaskForm:
    """Return the form of the button that starts a run: two clicks are one."""
    return type("StartForm", (FlaskForm,), {"attempt": HiddenField(default=new_attempt)})(**kwargs)


def void_form(**kwargs: Any) -> FlaskForm:
    """Return the form that makes a receipt void."""
    reason = ParsedArea(
        _("無効にする理由"),
        description=_("例: 宛名の訂正のため。一覧に残ります。"),
        validators=[needed(_("理由を入力してください。")), at_most(LONGEST_REASON)],
    )
    return type("VoidForm", (FlaskForm,), {"reason": reason})(**kwargs)
