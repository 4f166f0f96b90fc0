"""The beginning of a text, without mark-up: for lists, for search engines, for mails."""

import html
import re
import unicodedata

import nh3

_PASSED_OVER = {"figure", "h2", "h3", "h4", "h5", "h6", "pre", "section", "sup", "table", "rt", "rp"}
_BLOCKS = {"blockquote", "br", "div", "figcaption", "hr", "li", "ol", "p", "td", "th", "tr", "ul"}
_TAG = re.compile("<[^>]*>")
_NO_SPACE_AFTER = "。、！？!?」』）】…　 "
_STOPS = ((re.compile(r"[。！？!?][」』）)]*|\.(?= )"), 0.6), (re.compile(r"[、,，　 ]"), 0.8))
_TORN_WORD = re.compile(r"(?<=[^A-Za-z0-9])[A-Za-z0-9]{1,20}$")


def plain(text_or_html: str, limit: int = 120) -> str:
    """Return at most `limit` characters of a text as a lead, cut where a sentence or a word ends.

    Takes rendered HTML, or text without mark-up. Headings, pictures, tables and notes are passed over,
    unless there is nothing else.
    """
    words = _words(text_or_html, _PASSED_OVER) or _words(text_or_html, {"rt", "rp"})
    return words if len(words) <= limit else _cut(words, max(limit - 1, 0)).rstrip("、,， 　") + "…"


def _words(markup: str, passed_over: set[str]) -> str:
    blocks = (_BLOCKS | _PASSED_OVER) - passed_over
    bare = nh3.clean(markup, tags=blocks, clean_content_tags=passed_over | {"script", "style"}, attributes={})
    line = ""
    for part in _TAG.sub("\n", bare).split("\n"):
        words = html.unescape(part).strip()
        if words:
            line += words if not line or line[-1] in _NO_SPACE_AFTER else f" {words}"
    return line


def _cut(text: str, room: int) -> str:
    """Cut after a sentence, else at a pause, else where no word or composed character is torn apart."""
    for stop, least in _STOPS:
        ends = [found.end() for found in stop.finditer(text, 0, room)]
        if ends and ends[-1] >= room * least:
            return text[: ends[-1]]
    head = text[:room]
    if re.match("[A-Za-z0-9]", text[room]):
        head = _TORN_WORD.sub("", head)
    while head and (unicodedata.category(text[len(head)]) in {"Mn", "Me", "Cf"} or head[-1] == "\u200d"):
        head = head[:-1]
    return head
