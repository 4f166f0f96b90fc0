"""Pasted text without any marks: where its paragraphs, its table of contents and its headings are.

A page that is copied as text loses its blank lines and its headings, and comes in as a wall. What is found here is
written as Markdown into the editor, where whoever pasted it sees it and can take it back.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote

_CONTENTS = re.compile(
    r"[【［\[■◆〈《]?[ \u3000]?(?:目[ \u3000]?次|もくじ|Contents)[ \u3000]?[】］\]〉》]?$", re.IGNORECASE
)
_NUMBERED = re.compile(r"(?:[0-9０-９]{1,2}[:：.．)）、]|[①-⑳])[ \u3000]*\S.{0,58}(?<![。、,，])$")
_OPENING = re.compile(r"[■◆●▼★【※]")
_COUNTED = re.compile(r"[①-⑳]")
_SENTENCE = re.compile(r".*[。！？!?][」』）)]?$")
_ALONE = re.compile(r"#{1,2} |- |\W{2,}$")  # made here, or a divider such as ・・
_MARKDOWN = re.compile(r"```|~~~|#{1,6} |>|.*\|.*\|")
_SHORT, _LONG = 36, 60  # signs: a line of a letter that may belong to the next one; a whole paragraph in one line
_LEAST_OF_A_WALL = 3
_LEAST_OF_CONTENTS = 2


def in_paragraphs(text: str) -> str:
    """Return a text with its headings marked and blank lines between its paragraphs, where it came without any.

    A text in which somebody set blank lines keeps them as they are, and one in Markdown stays as it is. Short lines
    that follow one another stay together.
    """
    typed = text.split("\n")
    if any(map(_MARKDOWN.match, typed)):
        return text
    is_wall = "" not in typed and sum(len(line) > _LONG for line in typed) >= _LEAST_OF_A_WALL
    lines = _with_headings(typed)
    return "\n".join(_apart(lines) if is_wall else lines)


def link_to(words: str) -> str:
    """Return a link to the heading of those words in the same text."""
    return f"[{link_words(words)}](#{re.sub(r'[ ()<>%]', lambda sign: quote(sign[0]), words)})"


def link_words(words: str) -> str:
    """Return words that can stand in the brackets of a link."""
    return words.replace("[", "［").replace("]", "］")


def _with_headings(lines: list[str]) -> list[str]:
    """Make headings of the lines that a table of contents names, and links of its entries; each entry once."""
    start = next((number for number, line in enumerate(lines) if _CONTENTS.match(line)), None)
    if start is None:
        return lines
    last = {line: number for number, line in enumerate(lines)}
    end = start + 1
    while end < len(lines) and (not lines[end] or last[lines[end]] > end):
        end += 1
    entries = [name for name in dict.fromkeys(lines[start + 1 : end]) if name]
    if len(entries) < _LEAST_OF_CONTENTS:
        return lines
    body = list(_marked(lines, end, {last[name] for name in entries}))
    return [*lines[: start + 1], *(f"- {link_to(name)}" for name in entries), *body]


def _marked(lines: list[str], start: int, headings: set[int]) -> Iterator[str]:
    """Write the body under a table of contents: its headings, and numbered lines above whole sentences."""
    for number in range(start, len(lines)):
        line, following = lines[number], next(filter(None, lines[number + 1 :]), "")
        is_lesser = _NUMBERED.match(line) and _SENTENCE.match(following)
        yield f"# {line}" if number in headings else f"## {line}" if is_lesser else line


def _apart(lines: list[str]) -> Iterator[str]:
    before = ""
    for line in lines:
        together = max(len(before), len(line)) <= _SHORT and not _opens(line, before)
        in_list = line.startswith("- ") and before.startswith("- ")
        if before and not in_list and (not together or _ALONE.match(line) or _ALONE.match(before)):
            yield ""
        yield line
        before = line


def _opens(line: str, before: str) -> bool:
    """Whether a line begins something new by its first sign; what is counted ①②③ line by line stays together."""
    return bool(_OPENING.match(line) or (_COUNTED.match(line) and not _COUNTED.match(before)))
