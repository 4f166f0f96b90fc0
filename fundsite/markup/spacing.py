"""Blank lines and indents where Markdown wants them and people leave them out."""

import re
from collections.abc import Iterator
from itertools import groupby

_MAX_QUOTES = 4
_MAX_LEVELS = 6
_MAX_COLUMNS = 20
_NESTED = 2  # spaces by which an item lies inside the one above

# A number has at most two digits and a space after its dot: `2022. 5` and `1500万円` begin sentences.
_ITEM = re.compile(r"( *)([-*]|\d{1,2}\.)[ \u3000]+(?=\S)(.*)")
_BLANK_BEFORE_ITEM = re.compile(r"\n\n+(?= *(?:[-*]|\d{1,2}\.)[ \u3000]+\S)")
_QUOTE = re.compile(r" {0,3}> ?")
_TABLE_RULE = re.compile(r"[ :|-]*-[ :|-]*$")
_SIGNS = {
    "": re.compile("$"),
    "rule": re.compile(r" {0,3}([-*_=])(?: {0,3}\1){2,}$"),
    "heading": re.compile(r" {0,3}#{1,6}[ \u3000]+\S"),
    "note": re.compile(r" {0,3}\[\^[^\]]*\]:"),
    "quote": _QUOTE,
    "ul": re.compile(r" *[-*][ \u3000]+\S"),
    "ol": re.compile(r" *\d{1,2}\.[ \u3000]+\S"),
}
_BEGINS_BLOCK = re.compile(r"^((?:\[\^[^\]]*\]: *)?\d*)([-*+.](?=\s)|>)")
_NO_ITEM = re.compile(r"^( *\d*)([+.])(?= )")
_INDENT = re.compile("^ *\u3000+")


def set_apart(text: str, depth: int = 0) -> str:
    """Put blank lines between the blocks of a text, and four spaces before what is nested in a list."""
    lines = _BLANK_BEFORE_ITEM.sub("\n", text).split("\n")
    blocks = []
    for kind, group in groupby(zip(_kinds(lines), lines, strict=True), key=lambda pair: pair[0]):
        found = [line for _, line in group]
        if kind in {"ul", "ol"}:
            found = list(_nested(found))
        elif kind == "quote":
            found = _quoted(found, depth)
        elif kind.startswith("rule"):
            found = ["---"]
        elif kind == "text":
            found = [_as_text(line) for line in found]
        blocks.append("\n".join(found))
    return "\n\n".join(block for block in blocks if block)


def _kinds(lines: list[str]) -> Iterator[str]:
    """Name the kind of each line. Lines of one kind in a row make a block; a number keeps them apart."""
    kind = ""
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        kind = _kind(line, following, kind, number)
        yield kind


def _kind(line: str, following: str, before: str, number: int) -> str:
    kind = next((name for name, pattern in _SIGNS.items() if pattern.match(line)), "text")
    if kind in {"rule", "heading", "note"}:
        return f"{kind} {number}"
    if kind == "text" and "|" in line:
        in_table = before == "table" or _begins_table(line, following)
        return "table" if in_table else f"apart {number}" if _TABLE_RULE.match(line) else "text"
    if kind in {"ul", "ol", "text"} and before in {"ul", "ol"} and line.startswith(" " * _NESTED):
        return before
    return kind


def _begins_table(line: str, following: str) -> bool:
    return "|" in following and line.count("|") <= _MAX_COLUMNS and bool(_TABLE_RULE.match(following))


def _nested(lines: list[str]) -> Iterator[str]:
    """Indent items by four spaces a level, however people indented them."""
    indents: list[int] = []
    for line in lines:
        item = _ITEM.match(line)
        if item is None:
            yield line.strip(" ")
            continue
        indent = len(item[1])
        while len(indents) > 1 and indent < indents[-1]:
            indents.pop()
        if not indents or (indent >= indents[-1] + _NESTED and len(indents) < _MAX_LEVELS):
            indents.append(indent)
        yield "    " * (len(indents) - 1) + f"{item[2]} " + _BEGINS_BLOCK.sub(r"\1\\\2", item[3])


def _quoted(lines: list[str], depth: int) -> list[str]:
    inner = "\n".join(_QUOTE.sub("", line, count=1) for line in lines)
    if depth >= _MAX_QUOTES:
        return [f"\\{line}" for line in lines]
    return [f"> {line}" for line in set_apart(inner, depth + 1).split("\n")]


def _as_text(line: str) -> str:
    """Keep a full-width indent, which the parser would strip, and what only looks like an item."""
    shown = _NO_ITEM.sub(r"\1\\\2", line)
    return _INDENT.sub(lambda found: "&#12288;" * found[0].count("\u3000"), shown)
