"""The pledge form: only the fields that the chosen reward needs, and input as people type it."""

from typing import Any

from babel import Locale
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, Regexp

from fundsite import text
from fundsite.campaigns.models import Campaign
from fundsite.fields import (
    Between,
    ParsedArea,
    ParsedEmail,
    ParsedField,
    ParsedTelephone,
    PrefectureField,
    at_most,
    needed,
)
from fundsite.i18n import current_locale
from fundsite.i18n import gettext as _
from fundsite.labels import words
from fundsite.money import STRIPE_MINIMUM, formatted
from fundsite.pledges.origin import origin_fields
from fundsite.rewards.models import Reward

LONGEST_LINE = 120
LONGEST_COMMENT = 1000
LONGEST_ANSWER = 500
LARGEST_TOTAL = 9_999_999  # of yen in one payment [Stripe, maximum charge amounts]
ATTEMPT = r"[A-Za-z0-9_-]{20,64}\Z"
NO_COUNTRIES = {"JP", "EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}  # what CLDR lists beside them; Japan stands first
ADDRESS = ("kana", "phone", "postal_code", "region", "city", "line1", "line2", "country")
WORDS = ("comment", "display_name", "anonymous", "newsletter")


def words_fields() -> dict[str, Any]:
    """Return what the public page says of a backer."""
    return {
        "display_name": ParsedField(
            _("公開するお名前"),
            description=_("ニックネームでもかまいません。空欄の場合は匿名になります。"),
            validators=[at_most(60)],
        ),
        "anonymous": BooleanField(_("お名前を公開しない（匿名）")),
        "comment": ParsedArea(
            _("応援コメント"),
            description=_("プロジェクトのページに公開されます。"),
            validators=[at_most(LONGEST_COMMENT)],
        ),
    }


def pledge_form(campaign: Campaign, reward: Reward | None, **kwargs: Any) -> FlaskForm:
    """Return the form for a pledge: who, how much, and what this reward needs to be delivered."""
    fields = {
        "reward": HiddenField(),
        "attempt": HiddenField(validators=[Regexp(ATTEMPT)]),
        "total": HiddenField(),
        **origin_fields(),
        **_amount_fields(campaign, reward),
        **name_field(),
        "email": ParsedEmail(
            _("メールアドレス"),
            text.email,
            _("メールアドレスの形が正しくありません。例: hanako@example.jp"),
            description=_("お礼と受付のお知らせをお送りします。"),
            validators=[needed(_("メールアドレスを入力してください。")), at_most(254)],
        ),
        **(address_fields(reward.shipping) if reward and reward.is_shipped else {}),
        **question_fields(reward),
        **words_fields(),
        "newsletter": BooleanField(_("活動の報告やお知らせをメールで受け取る")),
        "consent": BooleanField(
            _("個人情報の取り扱いに同意する"),
            validators=[needed(_("個人情報の取り扱いについてご確認のうえ、チェックを入れてください。"))],
        ),
    }
    return type("PledgeForm", (FlaskForm,), fields)(**kwargs)


def name_field() -> dict[str, Any]:
    """Return who it is."""
    asked = [needed(_("お名前を入力してください。")), at_most(LONGEST_LINE)]
    return {"name": ParsedField(_("お名前"), validators=asked)}


def _amount_fields(campaign: Campaign, reward: Reward | None) -> dict[str, Any]:
    said, currency = words(campaign.wording), campaign.currency
    monthly = campaign.funding == "monthly"
    complaint = _("金額は数字で入力してください。例: 3000")
    if reward is None:
        least = max(campaign.minimum, STRIPE_MINIMUM.get(currency, 1))
        limit = _("%(least)s以上、%(most)s以下で入力してください。") % {
            "least": formatted(least, currency),
            "most": formatted(LARGEST_TOTAL, currency),
        }
        asked = [needed(_("金額を入力してください。")), Between(least, LARGEST_TOTAL, limit)]
        return {
            "extra": ParsedField(
                _("毎月の金額") if monthly else _("金額"), text.whole_number, complaint, validators=asked
            )
        }
    most = LARGEST_TOTAL - reward.amount
    limit = _("%(most)s以下で入力してください。") % {"most": formatted(most, currency)}
    fields: dict[str, Any] = {
        "extra": ParsedField(
            _("毎月の%(extra)s") % {"extra": said.extra} if monthly else said.extra,
            text.whole_number,
            complaint,
            validators=[Optional(), Between(0, most, limit)],
        )
    }
    if reward.per_backer != 1 and not monthly:
        fields["quantity"] = _quantity_field(reward)
    return fields


def _quantity_field(reward: Reward) -> ParsedField:
    most = min(reward.per_backer or LARGEST_TOTAL // reward.amount, LARGEST_TOTAL // reward.amount, 99)
    return ParsedField(
        _("数量"),
        text.whole_number,
        _("数量は数字で入力してください。"),
        default=1,
        validators=[
            Optional(),
            Between(1, most, _("数量は1から%(most)sまでで入力してください。") % {"most": most}),
        ],
    )


def address_fields(shipping: str) -> dict[str, Any]:
    """Return what is asked for a parcel, within Japan or to anywhere."""
    abroad = shipping == "worldwide"
    long = at_most(LONGEST_LINE)
    fields: dict[str, Any] = {
        "kana": ParsedField(
            _("フリガナ"),
            text.kana,
            description=_("例: タカハシ ハナコ"),
            validators=[Optional() if abroad else needed(_("フリガナを入力してください。")), long],
        ),
        "phone": ParsedTelephone(
            _("電話番号"),
            text.telephone,
            _("電話番号は数字で入力してください。例: 03-1234-5678"),
            description=_("お届けのご連絡に使います。例: 03-1234-5678"),
            validators=[needed(_("電話番号を入力してください。"))],
        ),
        "postal_code": ParsedField(
            _("郵便番号"),
            text.line if abroad else text.postal_code,
            _("郵便番号は7桁の数字で入力してください。例: 123-4567"),
            description="" if abroad else _("例: 123-4567"),
            validators=[needed(_("郵便番号を入力してください。")), long],
        ),
        "region": (
            ParsedField(_("都道府県・州"), validators=[needed(_("都道府県・州を入力してください。")), long])
            if abroad
            else PrefectureField(_("都道府県"), validators=[needed(_("都道府県を選んでください。"))])
        ),
        "city": ParsedField(_("市区町村"), validators=[needed(_("市区町村を入力してください。")), long]),
        "line1": ParsedField(_("町名・番地"), validators=[needed(_("町名・番地を入力してください。")), long]),
        "line2": ParsedField(_("建物名・部屋番号"), validators=[long]),
    }
    if abroad:
        fields["country"] = SelectField(
            _("国・地域"),
            choices=[SelectChoice(code, name) for code, name in countries()],
            default="JP",
            invalid_choice_message=_("国・地域を選んでください。"),
        )
    return fields


def countries() -> list[tuple[str, str]]:
    """Return the countries by their names in the current language, Japan first."""
    names = Locale(current_locale()).territories
    others = sorted((name, code) for code, name in names.items() if code.isalpha() and code not in NO_COUNTRIES)
    return [("JP", names["JP"]), *((code, name) for name, code in others)]


def question_fields(reward: Reward | None) -> dict[str, Any]:
    """Return the questions of a reward."""
    fields = {}
    for number, question in enumerate(reward.questions if reward else [], 1):
        asked = [needed(_("ご回答を入力してください。"))] if question.get("required") else []
        fields[f"q_{number}"] = ParsedField(question["label"], validators=[*asked, at_most(LONGEST_ANSWER)])
    return fields
