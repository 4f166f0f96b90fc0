"""The forms of the shipping room."""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import FileField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from fundsite import text
from fundsite.fields import DayField, MarkdownField, ParsedField, ParsedTelephone, PrefectureField, at_most, needed
from fundsite.fulfilment.couriers import couriers
from fundsite.fulfilment.layout import CARRIERS, Layout, layout_of
from fundsite.fulfilment.models import KINDS
from fundsite.fulfilment.words import courier_label, field_label, kind_label, region_label
from fundsite.i18n import gettext as _
from fundsite.web import month

LONGEST, LONGEST_BODY = 120, 20_000
HOURS = (24, 48, 72, 168)


def choice_form(
    rewards: Sequence[tuple[str, str]], months: Sequence[date], regions: Sequence[str], **kwargs: Any
) -> FlaskForm:
    """Return the form by which staff choose what goes out together; what is not ticked is no condition."""
    fields = {
        "attempt": HiddenField(default=lambda: secrets.token_urlsafe(16), validators=[Length(min=16, max=64)]),
        "title": ParsedField(
            _("バッチの名前"),
            description=_("スタッフのあいだで使う名前です。例: 5月のお礼状"),
            validators=[needed(_("バッチの名前を入力してください。")), at_most(LONGEST)],
        ),
        "kind": RadioField(
            _("送り方"),
            description=_("海外へのお届けは「宛名ラベル」で集めます。"),
            choices=[SelectChoice(kind, kind_label(kind)) for kind in KINDS],
            validators=[InputRequired(_("送り方を選んでください。"))],
        ),
        "codes": _ticks(_("リターン"), [(code, f"{code}: {title}") for code, title in rewards]),
        "months": _ticks(_("発送完了予定月"), [(f"{one:%Y-%m-%d}", month(one)) for one in months]),
        "regions": _ticks(_("お届け先の地域"), [(region, region_label(region)) for region in regions]),
    }
    return type("ChoiceForm", (FlaskForm,), fields)(**kwargs)


def _ticks(label: str, choices: Sequence[tuple[str, str]]) -> SelectMultipleField:
    return SelectMultipleField(label, choices=[SelectChoice(value, said) for value, said in choices])


def announce_form(**kwargs: Any) -> FlaskForm:
    """Return the form that asks for how long addresses may be corrected."""
    choices = [SelectChoice(str(hours), _("%(hours)s時間後まで") % {"hours": hours}) for hours in HOURS]
    fields = {"hours": SelectField(_("訂正の受付"), choices=choices, default="48")}
    return type("AnnounceForm", (FlaskForm,), fields)(**kwargs)


def about_form(kind: str, **kwargs: Any) -> FlaskForm:
    """Return the form for what is the same for all parcels of a batch; only what its carrier takes is asked."""
    layout = layout_of(kind) if kind in CARRIERS else None
    fields: dict[str, Any] = {
        "title": ParsedField(
            _("バッチの名前"), validators=[needed(_("バッチの名前を入力してください。")), at_most(LONGEST)]
        ),
        "ship_on": DayField(_("発送予定日"), validators=[Optional()]),
        "contents": _line("contents", _("送り状に印刷されます。例: 書籍、タオル")),
    }
    if layout:
        fields |= _carrier_fields(layout)
    return type("AboutForm", (FlaskForm,), fields)(**kwargs)


def _carrier_fields(layout: Layout) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if layout.slips:
        choices = [SelectChoice(code, said) for code, said in layout.slips.items()]
        fields["slip"] = SelectField(field_label("slip"), choices=choices)
    if layout.uses("sender_name"):
        fields |= {
            "name": _line("sender_name"),
            "phone": _phone(field_label("sender_phone")),
            "postal_code": _postal_code(field_label("sender_postal_code")),
            "address": _line("sender_address"),
            "building": _line("sender_building"),
        }
    if layout.uses("customer_code"):
        fields["customer_code"] = _line("customer_code", _("ヤマトビジネスメンバーズのお客様コードです。"))
        fields["freight_code"] = _line("freight_code", _("契約のときに知らされた2桁の番号です。例: 01"))
    return fields


def _line(name: str, hint: str = "") -> ParsedField:
    return ParsedField(field_label(name), description=hint, validators=[Optional(), at_most(LONGEST)])


def _phone(label: str) -> ParsedTelephone:
    wrong = _("電話番号は数字で入力してください。例: 03-1234-5678")
    return ParsedTelephone(label, text.telephone, wrong, validators=[Optional()])


def _postal_code(label: str) -> ParsedField:
    return ParsedField(
        label, text.postal_code, _("郵便番号は7桁の数字で入力してください。例: 123-4567"), validators=[Optional()]
    )


def courier_form(usual: str, **kwargs: Any) -> FlaskForm:
    """Return the form that asks who carries the parcels."""
    fields = {"carrier": _courier(usual)}
    return type("CourierForm", (FlaskForm,), fields)(**kwargs)


def tracking_form(usual: str, **kwargs: Any) -> FlaskForm:
    """Return the form for a carrier's result file."""
    hint = _("運送会社のソフトから書き出した発送結果のCSVか、受付番号と追跡番号の列があるCSVです。2MB、5,000行まで。")
    chosen = InputRequired(_("ファイルを選んでください。"))
    fields = {"carrier": _courier(usual), "file": FileField(_("ファイル"), description=hint, validators=[chosen])}
    return type("TrackingForm", (FlaskForm,), fields)(**kwargs)


def columns_form(places: Sequence[tuple[int, str]], **kwargs: Any) -> FlaskForm:
    """Return the form by which staff say which column is which, of a file that went along."""
    choices = [SelectChoice(str(place), said) for place, said in places]
    fields = {
        "content": HiddenField(),
        "carrier": HiddenField(),
        "reference": SelectField(_("受付番号の列"), choices=choices),
        "number": SelectField(_("追跡番号の列"), choices=choices),
    }
    return type("ColumnsForm", (FlaskForm,), fields)(**kwargs)


def reward_mail_form(**kwargs: Any) -> FlaskForm:
    """Return the form for the words, and the file, that are a reward."""
    fields = {
        "subject": ParsedField(_("件名"), validators=[needed(_("件名を入力してください。")), at_most(LONGEST)]),
        "body": MarkdownField(
            _("本文"),
            description=_("「〇〇 様」で始まり、最後に団体の連絡先が入ります。見出しや太字も使えます。"),
            validators=[needed(_("本文を入力してください。")), at_most(LONGEST_BODY)],
        ),
        "file": FileField(
            _("ファイル"),
            description=_("PDF、録音、録画。受け取る方の専用リンクからだけ開けます。選ばなければ、いまのままです。"),
            validators=[Optional()],
        ),
    }
    return type("RewardMailForm", (FlaskForm,), fields)(**kwargs)


def _courier(usual: str) -> SelectField:
    choices = [SelectChoice(name, courier_label(name)) for name in couriers()]
    return SelectField(_("運送会社"), choices=choices, default=usual)


def recipient_form(*, abroad: bool, **kwargs: Any) -> FlaskForm:
    """Return the form by which staff correct one parcel; `version` marks what they were looking at."""
    anything = [Optional(), at_most(LONGEST)]
    fields = {
        "version": HiddenField(validators=[Length(max=32)]),
        "name": ParsedField(
            field_label("name"), validators=[needed(_("お名前を入力してください。")), at_most(LONGEST)]
        ),
        "honorific": ParsedField(field_label("honorific"), validators=[Optional(), at_most(4)]),
        "phone": _phone(field_label("phone")),
        "postal_code": _line("postal_code") if abroad else _postal_code(field_label("postal_code")),
        "region": _line("region") if abroad else PrefectureField(field_label("region"), validators=[Optional()]),
        "city": ParsedField(field_label("city"), validators=anything),
        "line1": ParsedField(field_label("line1"), validators=anything),
        "line2": ParsedField(field_label("line2"), validators=anything),
    }
    return type("RecipientForm", (FlaskForm,), fields)(**kwargs)
