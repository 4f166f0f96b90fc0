"""The forms of the pages on which reports are written and published."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from fundsite.i18n import gettext as _
from fundsite.labels import audience, words
from fundsite.updates.models import BACKERS, EVERYONE, FOLLOWERS, MONTHLY

OF_REWARDS = "rewards"
YES, NO = "yes", "no"
NOW, LATER = "now", "later"
LONGEST_TITLE, LONGEST_BODY = 200, 200_000


def report_form(rewards: list[str], wording: str, **kwargs: Any) -> FlaskForm:
    """Return the form of the editor; `rewards` are the codes of the campaign's."""
    said = words(wording)
    audiences = {name: audience(name, wording) for name in (EVERYONE, BACKERS, MONTHLY, FOLLOWERS)}
    if rewards:
        chosen = _("選んだ%(reward)sの%(backer)s") % {"reward": said.reward, "backer": said.backer}
        audiences[OF_REWARDS] = chosen
    too_long = _("長すぎます。短くするか、二つの報告に分けてください。")
    fields = {
        "title": StringField(_("題名"), validators=[Length(max=LONGEST_TITLE, message=too_long)]),
        "body": TextAreaField(_("本文"), validators=[Length(max=LONGEST_BODY, message=too_long)]),
        "author": StringField(_("書いた人"), validators=[Length(max=LONGEST_TITLE, message=too_long)]),
        "audience": RadioField(_("お読みいただける方"), choices=audiences, default=EVERYONE),
        "codes": SelectMultipleField(
            _("対象の%(reward)s") % {"reward": said.reward}, choices={code: code for code in rewards}
        ),
        "notify": BooleanField(_("公開したことをメールでお知らせする")),
        "picture": FileField(_("写真を加える")),
        "attachment": FileField(_("ファイルを加える（PDF、録音、録画）")),
        "alt": StringField(_("写真の説明"), validators=[Length(max=LONGEST_TITLE, message=too_long)]),
        "version": IntegerField(widget=HiddenInput(), validators=[DataRequired()]),
        "tab": HiddenField(validators=[Length(max=40)]),
    }
    return type("ReportForm", (FlaskForm,), fields)(**kwargs)


def publish_form(**kwargs: Any) -> FlaskForm:
    """Return the form of the page that asks whether to tell the readers, and when to publish."""
    fields = {
        "version": IntegerField(widget=HiddenInput(), validators=[DataRequired()]),
        "audience": HiddenField(),
        "notify": RadioField(
            _("メールでのお知らせ"),
            choices={YES: _("メールを送る"), NO: _("メールは送らない")},
            validators=[InputRequired()],
        ),
        "when": RadioField(
            _("いつ公開しますか"),
            choices={NOW: _("いま公開する"), LATER: _("日時を決めて公開する")},
            default=NOW,
            validators=[InputRequired()],
        ),
        "day": DateField(_("公開する日"), validators=[Optional()]),
        "time": TimeField(_("公開する時刻（日本時間）"), validators=[Optional()]),
    }
    return type("PublishForm", (FlaskForm,), fields)(**kwargs)


def audience_of(form: FlaskForm, otherwise: str) -> str:
    """Return the audience as a report keeps it; `otherwise` where rewards were meant and none was ticked."""
    if form.audience.data == OF_REWARDS:
        return ",".join(form.codes.data or []) or otherwise
    return str(form.audience.data or otherwise)


def moment_of(form: FlaskForm, zone: ZoneInfo) -> datetime | None:
    """Return the moment that was chosen, or None where day or time is missing."""
    if form.day.data is None or form.time.data is None:
        return None
    return datetime.combine(form.day.data, form.time.data, zone)


def build_on(form: FlaskForm, version: int) -> None:
    """Let the form that is shown again build on another version than the one that was sent."""
    form.version.data, form.version.raw_data = version, [str(version)]
