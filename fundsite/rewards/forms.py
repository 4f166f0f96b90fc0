"""The form of a reward."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, Regexp

from fundsite import text
from fundsite.campaigns.render import Values
from fundsite.fields import Between, MarkdownField, MonthField, ParsedField, at_most, needed
from fundsite.i18n import gettext as _
from fundsite.rows import Column, RowsField

LARGEST_AMOUNT = 9_999_999  # of yen in one payment [Stripe, maximum charge amounts]
LEAST_AMOUNT = 50  # of yen in one payment [Stripe, minimum charge amounts]
LARGEST_STOCK = 1_000_000


def _number(label: str, least: int, most: int, needed_message: str = "", description: str = "") -> ParsedField:
    limit = _("%(least)s以上、%(most)s以下の数字で入力してください。") % {"least": f"{least:,}", "most": f"{most:,}"}
    first = needed(needed_message) if needed_message else Optional()
    validators = [first, Between(least, most, limit)]
    complaint = _("数字で入力してください。例: 3000")
    return ParsedField(label, text.whole_number, complaint, description=description, validators=validators)


def reward_form(pictures: list[str], *, new: bool, **kwargs: Any) -> FlaskForm:
    """Return the form of a reward; its code is asked for once, when it is new."""
    fields: dict[str, Any] = {"version": HiddenField(), "confirmed_for": HiddenField()}
    if new:
        fields["code"] = ParsedField(
            _("記号"),
            description=_("A、B、C のような、お申し込みの目印です。あとから変えられません。"),
            validators=[
                needed(_("記号を入力してください。")),
                Regexp(r"[A-Za-z0-9]{1,8}\Z", message=_("英数字8文字以内で入力してください。")),
            ],
        )
    return type("RewardForm", (FlaskForm,), {**fields, **_promise_fields(), **_other_fields(pictures)})(**kwargs)


def _promise_fields() -> dict[str, Any]:
    shippings = [
        SelectChoice("none", _("お届けする品はない（住所を伺いません）")),
        SelectChoice("japan", _("日本国内へ発送する")),
        SelectChoice("worldwide", _("海外へも発送する")),
    ]
    return {
        "title": ParsedField(_("名前"), validators=[needed(_("名前を入力してください。")), at_most(80)]),
        "amount": _number(_("金額（円・税と送料を含む）"), LEAST_AMOUNT, LARGEST_AMOUNT, _("金額を入力してください。")),
        "body": MarkdownField(
            _("内容"), description=_("何が、いくつ、どのように届くかを書きます。"), validators=[at_most(5000)]
        ),
        "fulfilment_month": MonthField(
            _("発送完了予定月"), description=_("この月の終わりまでにお届けします。"), validators=[Optional()]
        ),
        "shipping": RadioField(
            _("お届け"), choices=shippings, default="none", validators=[needed(_("お届けの方法を選んでください。"))]
        ),
    }


def _other_fields(pictures: list[str]) -> dict[str, Any]:
    columns = (
        Column("label", _("質問"), needed=_("質問を入力してください。")),
        Column("required", _("回答"), "flag"),
    )
    return {
        "stock": _number(
            _("在庫数"), 0, LARGEST_STOCK, description=_("空欄のときは、数に限りがないものとして受け付けます。")
        ),
        "per_backer": _number(
            _("お一人の上限数"),
            1,
            99,
            description=_("空欄のときは上限がありません。これからのお申し込みに適用されます。"),
        ),
        "consideration": _number(
            _("対価にあたる額（円）"),
            0,
            LARGEST_AMOUNT,
            description=_(
                "リターンの品物やサービスの価値に相当する額です。領収書では、この額を除いた残りが寄附になります。"
            ),
        ),
        "image": SelectField(
            _("画像"),
            choices=[
                SelectChoice("", _("なし")),
                *(SelectChoice(name, name.removeprefix("images/")) for name in pictures),
            ],
            description=_("先に「画像」のページで追加しておきます。"),
            invalid_choice_message=_("画像を選んでください。"),
        ),
        "questions": RowsField(_("お申し込みのときの質問"), columns, spare=1),
    }


def reward_values(form: FlaskForm) -> Values:
    """Return what a valid form says."""
    return {
        **{name: form[name].data for name in ("title", "amount", "body", "shipping", "image", "questions")},
        **{name: _or_none(form[name].data) for name in ("fulfilment_month", "stock", "per_backer")},
        "consideration": form.consideration.data or 0,
    }


def _or_none(value: Any) -> Any:
    return None if value == "" else value
