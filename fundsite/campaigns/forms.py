"""The forms of a campaign's sections, and how what is typed in them becomes values."""

import re
from datetime import datetime, time, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, Regexp

from fundsite import text
from fundsite.campaigns.render import Values
from fundsite.clock import end_of_day
from fundsite.fields import Between, DayField, HourField, MarkdownField, ParsedArea, ParsedField, at_most, needed
from fundsite.i18n import gettext as _
from fundsite.labels import funding
from fundsite.rows import Column, RowsField
from fundsite.settings import current_settings

LONGEST_TITLE = 80
LONGEST_SUMMARY = 240
LONGEST_STORY = 100_000
LARGEST_GOAL = 10_000_000_000
SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*\Z"


def _form(fields: dict[str, Any], **kwargs: Any) -> FlaskForm:
    return _plain_form({"version": HiddenField(), **fields}, **kwargs)


def _plain_form(fields: dict[str, Any], **kwargs: Any) -> FlaskForm:
    return type("CampaignForm", (FlaskForm,), fields)(**kwargs)


def _title() -> ParsedField:
    return ParsedField(
        _("タイトル"),
        description=_("だれのために、何をするかが一目で伝わるように。80文字まで。"),
        validators=[needed(_("タイトルを入力してください。")), at_most(LONGEST_TITLE)],
    )


def _slug() -> ParsedField:
    return ParsedField(
        _("ページのアドレス"),
        description=_("英小文字・数字・ハイフンで。例: winter-food-box。公開したあとは変えられません。"),
        validators=[
            needed(_("ページのアドレスを入力してください。")),
            at_most(60),
            Regexp(SLUG, message=_("英小文字・数字・ハイフンで入力してください。例: winter-food-box")),
        ],
    )


def _money(label: str, least: int, description: str = "") -> ParsedField:
    limit = _("%(least)s円以上、%(most)s円以下で入力してください。") % {
        "least": f"{least:,}",
        "most": f"{LARGEST_GOAL:,}",
    }
    return ParsedField(
        label,
        text.whole_number,
        _("金額は数字で入力してください。例: 3000"),
        description=description,
        validators=[needed(_("金額を入力してください。")), Between(least, LARGEST_GOAL, limit)],
    )


def _tags(typed: str) -> list[str]:
    return list(
        dict.fromkeys(tag.lstrip("#＃") for tag in re.split(r"[\s、,]+", text.line(typed)) if tag.lstrip("#＃"))
    )


class TagsField(ParsedField):
    """Hashtags, divided by spaces or commas."""

    def _value(self) -> str:
        return " ".join(self.data) if isinstance(self.data, list) and not self.errors else super()._value()


def draft_form(**kwargs: Any) -> FlaskForm:
    """Return the form that makes a new campaign."""
    return _plain_form({"title": _title(), "slug": _slug()}, **kwargs)


def basics_form(**kwargs: Any) -> FlaskForm:
    """Return the form of the name and what goes with it."""
    wordings = [
        SelectChoice("support", _("支援（支援者・リターン）")),
        SelectChoice("donation", _("寄付（寄付者・ギフト）")),
    ]
    models = [SelectChoice(name, funding(name)) for name in ("all_in", "all_or_nothing", "monthly")]
    fields = {
        "title": _title(),
        "slug": _slug(),
        "summary": ParsedArea(
            _("概要"),
            description=_("一覧や検索結果、SNSで紹介される短い説明です。240文字まで。"),
            validators=[at_most(LONGEST_SUMMARY)],
        ),
        "hashtags": TagsField(_("ハッシュタグ"), _tags, description=_("空白で区切ります。例: 子どもの居場所 夕ごはん")),
        "wording": RadioField(_("ことば"), choices=wordings, validators=[needed(_("どちらかを選んでください。"))]),
        "funding": RadioField(
            _("募集方式"),
            choices=models,
            description=_("募集が始まったあとは変えられません。"),
            validators=[needed(_("募集方式を選んでください。"))],
        ),
        "minimum": _money(_("リターンなしのご支援の最低額"), 1),
    }
    return _form(fields, **kwargs)


def period_form(**kwargs: Any) -> FlaskForm:
    """Return the form of the days between which pledges are taken."""
    fields = {
        "starts_on": DayField(_("募集開始日"), validators=[needed(_("募集開始日を入力してください。"))]),
        "starts_time": HourField(
            _("開始時刻"), description=_("空欄のときは、その日の0時に始まります。"), validators=[Optional()]
        ),
        "ends_on": DayField(_("募集終了日"), validators=[Optional()]),
        "ends_time": HourField(
            _("終了時刻"),
            description=_("空欄のときは、終了日の終わり（24時）まで受け付けます。"),
            validators=[Optional()],
        ),
    }
    return _form(fields, **kwargs)


def period_typed(values: Values) -> Values:
    """Return a period as days and times of the site's own zone; a whole day has no time."""
    zone = current_settings().timezone
    start, end = values["starts_at"].astimezone(zone), values["ends_at"]
    last = end.astimezone(zone) if end else None
    until_midnight = last is not None and last.time() == time.min
    if last and until_midnight:
        last -= timedelta(days=1)
    return {
        "starts_on": start.date(),
        "starts_time": None if start.time() == time.min else start.time(),
        "ends_on": last.date() if last else None,
        "ends_time": last.time() if last and not until_midnight else None,
    }


def period_values(form: FlaskForm) -> Values:
    """Return the moments that are meant: a closing date is over at its end."""
    zone = current_settings().timezone
    first = datetime.combine(form.starts_on.data, form.starts_time.data or time.min, zone)
    last, hour = form.ends_on.data or None, form.ends_time.data or None
    if last is None:
        return {"starts_at": first, "ends_at": None}
    return {"starts_at": first, "ends_at": datetime.combine(last, hour, zone) if hour else end_of_day(last, zone)}


def goal_form(**kwargs: Any) -> FlaskForm:
    """Return the form of the goal."""
    said = _("公開したあとは変えられません。手数料や送料も含めた、必要な金額を入力してください。")
    return _form({"goal": _money(_("目標金額"), 1, said)}, **kwargs)


def _goal_words() -> dict[str, Any]:
    return {
        "title": ParsedField(_("見出し"), validators=[needed(_("見出しを入力してください。")), at_most(LONGEST_TITLE)]),
        "body": MarkdownField(
            _("説明"), description=_("集まったら何ができるかを書きます。"), validators=[at_most(LONGEST_STORY)]
        ),
    }


def next_goal_form(**kwargs: Any) -> FlaskForm:
    """Return the form that adds a next goal."""
    return _plain_form({"amount": _money(_("金額"), 1), **_goal_words()}, **kwargs)


def goal_words_form(**kwargs: Any) -> FlaskForm:
    """Return the form of a next goal's words."""
    return _form(_goal_words(), **kwargs)


def story_form(**kwargs: Any) -> FlaskForm:
    """Return the form of the story."""
    said = _("見出しは行の先頭に「# 」、箇条書きは「- 」を付けます。画像は「画像」のページの書き方を貼り付けます。")
    return _form({"story": MarkdownField(_("本文"), description=said, validators=[at_most(LONGEST_STORY)])}, **kwargs)


def thanks_form(**kwargs: Any) -> FlaskForm:
    """Return the form of the words of thanks."""
    said = _("お支払いのあとの画面と、お礼のメールに載ります。")
    return _form({"thanks": MarkdownField(_("お礼のことば"), description=said, validators=[at_most(5000)])}, **kwargs)


def budget_form(**kwargs: Any) -> FlaskForm:
    """Return the form of what the money is for."""
    columns = (
        Column("label", _("項目"), needed=_("項目を入力してください。")),
        Column("amount", _("金額（円）"), "number", needed=_("金額を入力してください。")),
    )
    return _form({"budget": RowsField(_("資金の使いみち"), columns)}, **kwargs)


def faq_form(**kwargs: Any) -> FlaskForm:
    """Return the form of questions and answers."""
    columns = (
        Column("question", _("ご質問"), needed=_("ご質問を入力してください。")),
        Column("answer", _("お答え"), "area", needed=_("お答えを入力してください。"), most=5000),
    )
    return _form({"faq": RowsField(_("よくあるご質問"), columns, spare=1)}, **kwargs)


def partners_form(**kwargs: Any) -> FlaskForm:
    """Return the form of the organisations that help."""
    columns = (
        Column("name", _("団体名"), needed=_("団体名を入力してください。")),
        Column("url", _("ウェブサイト"), "url"),
        Column("text", _("ひとこと")),
    )
    return _form({"partners": RowsField(_("連携団体"), columns)}, **kwargs)
