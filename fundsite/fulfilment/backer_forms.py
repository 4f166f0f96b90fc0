"""The forms of exports: what for, as what, and which columns."""

import secrets
from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from fundsite.csv_file import CP932, UTF8, UTF8_BARE
from fundsite.fields import ParsedArea, at_most, needed
from fundsite.fulfilment.backer_rows import HEADER
from fundsite.i18n import gettext as _

LONGEST_REASON = 200
SHORTEST_PASSWORD = 10


def export_form(campaigns: Sequence[tuple[int, str]], **kwargs: Any) -> FlaskForm:
    """Return the form for a file of the backer list."""
    encodings = [
        (UTF8, _("UTF-8（Excelで開けます）")),
        (CP932, _("Shift_JIS（CP932。書けない文字は〓になり、一覧でお知らせします）")),
        (UTF8_BARE, _("UTF-8（BOMなし。ほかのプログラム用）")),
    ]
    fields: dict[str, Any] = {
        "attempt": HiddenField(default=lambda: secrets.token_urlsafe(16)),
        "campaign": SelectField(
            _("プロジェクト"),
            choices=[SelectChoice(str(number), title) for number, title in campaigns],
            validators=[InputRequired(_("プロジェクトを選んでください。"))],
        ),
        "kind": RadioField(
            _("ファイルの種類"),
            choices=[
                SelectChoice("xlsx", _("Excel（XLSX）— 表計算ソフトで開くときはこちら")),
                SelectChoice("csv", _("CSV — ほかのプログラムで読み込むとき")),
            ],
            default="xlsx",
            validators=[InputRequired(_("ファイルの種類を選んでください。"))],
        ),
        "encoding": SelectField(
            _("文字コード（CSVのとき）"), choices=[SelectChoice(*one) for one in encodings], default=UTF8
        ),
        "reason": ParsedArea(
            _("書き出す理由"),
            description=_("だれが、何のために書き出したかを記録します。例: リターンAの宛名印刷"),
            validators=[needed(_("書き出す理由を入力してください。")), at_most(LONGEST_REASON)],
        ),
        "password": StringField(
            _("ファイルのパスワード"),
            description=_(
                "入力すると、暗号化したZIPファイル（AES）になります。10文字以上。開くには7-Zipなどのソフトが必要です。"
                "パスワードは保存されません。"
            ),
            validators=[
                Optional(),
                Length(SHORTEST_PASSWORD, 100, _("パスワードは10文字以上、100文字までで入力してください。")),
            ],
        ),
    }
    return type("ExportForm", (FlaskForm,), fields)(**kwargs)


def columns_form(**kwargs: Any) -> FlaskForm:
    """Return the form for the columns; the reference is always there."""
    choices = [SelectChoice(name, name) for name in HEADER[1:]]
    fields = {"columns": SelectMultipleField(_("書き出す列"), choices=choices)}
    return type("ColumnsForm", (FlaskForm,), fields)(**kwargs)
