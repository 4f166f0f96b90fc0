"""Form fields that understand input as people type it; every feature's forms are made of them."""

from collections.abc import Callable, Sequence
from datetime import date, time
from typing import Any

from wtforms import EmailField, Field, SelectField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, StopValidation
from wtforms.widgets import DateInput, MonthInput, TimeInput

from fundsite import text
from fundsite.db import month_start
from fundsite.i18n import gettext as _


class _Parsed:
    """A field that understands what was typed, and shows it again as typed when it does not."""

    parse: Callable[[str], Any]
    complaint: str
    data: Any
    errors: Sequence[str]
    typed = ""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Keep the understood value, or the typed one with a complaint beside it."""
        self.typed = valuelist[0] if valuelist else ""
        self.data = self.typed.strip()
        if self.data:
            try:
                self.data = self.parse(self.typed)
            except ValueError:
                raise ValueError(self.complaint) from None

    def _value(self) -> str:
        """Return what stands in the field: as typed while there is something wrong with it."""
        if self.errors:
            return self.typed
        return "" if self.data is None else str(self.data)


class ParsedField(_Parsed, StringField):
    """A line of text."""

    def __init__(self, label: str, parse: Callable[[str], Any] = text.line, complaint: str = "", **kwargs: Any) -> None:
        """`parse` raises ValueError for what it cannot understand; `complaint` then says what is wanted."""
        super().__init__(label, **kwargs)
        self.parse, self.complaint = parse, complaint


class ParsedEmail(ParsedField, EmailField):
    """An e-mail address."""


class ParsedTelephone(ParsedField, TelField):
    """A telephone number."""


class ParsedArea(_Parsed, TextAreaField):
    """Several lines of text."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        """Lines are kept, the space around them is not."""
        super().__init__(label, **kwargs)
        self.parse, self.complaint = text.lines, ""


class MarkdownField(ParsedArea):
    """A text in Markdown: every line is kept as it stands."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        """Pages show it as a large field."""
        super().__init__(label, **kwargs)
        self.parse = text.passage


class DayField(ParsedField):
    """A calendar day."""

    widget = DateInput()

    def __init__(self, label: str, **kwargs: Any) -> None:
        """Browsers send 2027-05-01."""
        complaint = _("日付は 2027-05-01 のように入力してください。")
        super().__init__(label, lambda typed: date.fromisoformat(typed.strip()), complaint, **kwargs)


class HourField(ParsedField):
    """A time of day."""

    widget = TimeInput()

    def __init__(self, label: str, **kwargs: Any) -> None:
        """Browsers send 10:00."""
        complaint = _("時刻は 10:00 のように入力してください。")
        super().__init__(label, lambda typed: time.fromisoformat(typed.strip()), complaint, **kwargs)


class MonthField(ParsedField):
    """A month."""

    widget = MonthInput()

    def __init__(self, label: str, **kwargs: Any) -> None:
        """Browsers send 2027-05."""
        complaint = _("年月は 2027-05 のように入力してください。")
        super().__init__(label, lambda typed: month_start(typed.strip()), complaint, **kwargs)

    def _value(self) -> str:
        return f"{self.data:%Y-%m}" if isinstance(self.data, date) and not self.errors else super()._value()


class PrefectureField(SelectField):
    """One of the 47 prefectures, also where a program or a browser filled it in without 都道府県."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        """The first choice is none."""
        choices = [SelectChoice("", _("選んでください")), *map(SelectChoice, text.PREFECTURES)]
        complaint = _("都道府県を選んでください。")
        super().__init__(label, choices=choices, coerce=_prefecture, invalid_choice_message=complaint, **kwargs)


def _prefecture(typed: str | None) -> str:
    try:
        return text.prefecture(typed or "")
    except ValueError:
        return typed or ""


class Between:
    """Hold a parsed number between two others."""

    def __init__(self, least: int, most: int, complaint: str) -> None:
        """Both ends are allowed."""
        self.least, self.most, self.complaint = least, most, complaint

    def __call__(self, _form: object, field: Field) -> None:
        """Complain of a number outside; what is no number has its complaint already."""
        if isinstance(field.data, int) and not self.least <= field.data <= self.most:
            raise StopValidation(self.complaint)


def needed(message: str) -> DataRequired:
    return DataRequired(message)


def at_most(count: int) -> Length:
    return Length(max=count, message=_("%(max)d文字以内で入力してください。"))
