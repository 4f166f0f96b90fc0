"""A form field of several rows, such as a budget: rows can be added, moved and emptied, without JavaScript too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wtforms import Field
from wtforms.utils import unset_value

from fundsite import text
from fundsite.i18n import gettext as _

MOST_ROWS = 100
Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One thing that each row says. `kind` is line, area, number, flag or url; `most` bounds a text's length."""

    name: str
    label: str
    kind: str = "line"
    needed: str = ""
    most: int = 200

    def parse(self, typed: str) -> Any:
        """Return what was meant; ValueError with a sentence for whoever typed it."""
        if not typed.strip():
            return self._parse_nothing()
        if self.kind == "number":
            return _number(typed)
        if self.kind == "flag":
            return True
        said = text.passage(typed) if self.kind == "area" else text.line(typed)
        if len(said) > self.most:
            raise ValueError(_("%(max)d文字以内で入力してください。") % {"max": self.most})
        if self.kind == "url" and not said.startswith(("https://", "http://")):
            raise ValueError(_("アドレスは https:// から入力してください。"))
        return said

    def _parse_nothing(self) -> Any:
        if self.needed:
            raise ValueError(self.needed)
        return {"flag": False, "number": None}.get(self.kind, "")


def _number(typed: str) -> int:
    try:
        return text.whole_number(typed)
    except ValueError:
        raise ValueError(_("数字で入力してください。例: 3000")) from None


class RowsField(Field):
    """Rows of the same columns. `data` is a list of dictionaries; a row with nothing in it is none."""

    def __init__(self, label: str, columns: tuple[Column, ...], spare: int = 2, **kwargs: Any) -> None:
        """`spare` is how many empty rows are offered at the end."""
        super().__init__(label, **kwargs)
        self.columns, self.spare = columns, spare
        self.typed: list[dict[str, str]] = []
        self.cell_errors: dict[tuple[int, str], str] = {}

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Read the columns, each of which comes as a list in the order of the page."""
        if formdata is not None and self.name in formdata:
            self.typed = self._typed(formdata)
        super().process(formdata, data, extra_filters)
        if not self.typed:
            self.typed = [self._shown(row) for row in self.data or []]

    def process_formdata(self, valuelist: list[str]) -> None:
        """Understand every cell; the complaints stand beside them."""
        if not valuelist:
            return
        if len(self.typed) > MOST_ROWS:
            raise ValueError(_("%(most)d行まで入力できます。") % {"most": MOST_ROWS})
        self.data = [self._parsed(number, row) for number, row in enumerate(self.typed)]
        if self.cell_errors:
            raise ValueError(_("%(label)sの入力をお確かめください。") % {"label": self.label.text})

    def offered(self) -> list[dict[str, str]]:
        """Return the rows that the page shows: those typed, and some that are empty."""
        return [*self.typed, *({column.name: "" for column in self.columns} for _spare in range(self.spare))]

    def rearrange(self, wish: str) -> None:
        """Move a typed row: "up:2", "down:0" or "drop:1". Anything else changes nothing."""
        act, _colon, number = wish.partition(":")
        if not number.isdecimal() or int(number) >= len(self.typed):
            return
        row = self.typed.pop(int(number))
        if act != "drop":
            self.typed.insert(max(int(number) + (-1 if act == "up" else 1), 0), row)

    def _typed(self, formdata: Any) -> list[dict[str, str]]:
        lists = [formdata.getlist(f"{self.name}-{column.name}") for column in self.columns]
        names = [column.name for column in self.columns]
        rows = [dict(zip(names, cells, strict=True)) for cells in zip(*lists, strict=False)]
        return [row for row in rows if any(_says_something(column, row) for column in self.columns)]

    def _parsed(self, number: int, row: Mapping[str, str]) -> Row:
        return {column.name: self._cell(number, column, column.parse, row[column.name]) for column in self.columns}

    def _cell(self, number: int, column: Column, parse: Callable[[str], Any], typed: str) -> Any:
        try:
            return parse(typed)
        except ValueError as error:
            self.cell_errors[number, column.name] = str(error)
            return typed

    def _shown(self, row: Row) -> dict[str, str]:
        return {column.name: _shown(row.get(column.name)) for column in self.columns}


def _says_something(column: Column, row: Mapping[str, str]) -> bool:
    return column.kind != "flag" and bool(row[column.name].strip())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "y" if value else ""
    return "" if value is None else str(value)
