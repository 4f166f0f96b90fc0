"""The beginning of a text, without mark-up: for lists, for search engines, for mails."""

import re
import unicodedata
from html.parser import HTMLParser

_SKIPPED = {"figure", "h2", "h3", "h4", "h5", "h6", "pre", "section", "sup", "table"}
_INLINE = {
    "a",
    "b",
    "code",
    "del",
    "em",
    "i",
    "mark",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "u",
    "ruby",
    "rt",
    "rp",
}
_NO_SPACE_AFTER = "。、！？!?」』）】…　 "
_SENTENCE_END = re.compile(r"[。！？!?][」』）)]*|\.(?= )")
_PAUSE = re.compile(r"[、,，　 ]")
_IN_A_WORD = re.compile(r"[A-Za-z0-9]")


class _Words(HTMLParser):
    """Collects the words of our own HTML, outside the elements in `skipped`."""

    def __init__(self, skipped: set[str]) -> None:
        super().__init__()
        self.skipped = skipped
        self.inside = 0
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.inside += tag in self.skipped
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self.inside = max(self.inside - (tag in self.skipped), 0)
        self._part(tag)

    def _part(self, tag: str) -> None:
        if tag not in _INLINE and not self.inside:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.words.append(data)


def plain(markup: str, limit: int) -> str:
    """Return at most `limit` characters of rendered HTML as a lead, cut where a sentence or a word ends.

    Headings, pictures, tables and notes are passed over, unless there is nothing else.
    """
    return shorten(_words(markup, _SKIPPED) or _words(markup, {"rt", "rp"}), limit)


def _words(markup: str, skipped: set[str]) -> str:
    parser = _Words(skipped | {"rt", "rp"})
    parser.feed(markup)
    parser.close()
    line = ""
    for part in "".join(parser.words).split("\n"):
        words = part.strip()
        if words:
            line += words if not line or line[-1] in _NO_SPACE_AFTER else f" {words}"
    return line


def shorten(text: str, limit: int) -> str:
    """Cut `text` to `limit` characters at most: after a sentence, else a pause, else not within a word."""
    if len(text) <= limit:
        return text
    room = max(limit - 1, 0)
    end = _last(_SENTENCE_END, text, room * 3 // 5, room) or _last(_PAUSE, text, room * 4 // 5, room)
    return text[: end or _word_end(text, room)].rstrip("、,， 　") + "…"


def _last(pattern: re.Pattern[str], text: str, least: int, most: int) -> int:
    """Return where the last match between two places ends, or 0."""
    return max(
        (match.end() for match in pattern.finditer(text, least, most + 1) if match.end() <= most), default=0
    )


def _word_end(text: str, most: int) -> int:
    """Step back from `most` to where no word, number or composed character is torn apart."""
    for end in range(most, max(most - 20, 0), -1):
        torn = _IN_A_WORD.match(text[end - 1]) and _IN_A_WORD.match(text[end])
        if (
            not torn
            and unicodedata.category(text[end]) not in {"Mn", "Me", "Cf"}
            and text[end - 1] != "\u200d"
        ):
            return end
    return most
