"""Markdown as people write it who never heard of it, to HTML that is safe to serve.

Text is rendered once, when it is saved. Python-Markdown reads it, with a few conventions of ours for letters
in Japanese, and nh3 lets through what `safety` names. Each call has a parser of its own: they keep state.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markdown import Markdown
from markdown.extensions.fenced_code import FencedCodeExtension
from markdown.extensions.nl2br import Nl2BrExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from markdown.extensions.toc import TocExtension

from fundsite.markup.blocks import Blocks
from fundsite.markup.events import Event, events_in
from fundsite.markup.extensions import Letters, Notes
from fundsite.markup.finish import Anchors
from fundsite.markup.lead import plain
from fundsite.markup.pictures import Files, Pictures, Shelf
from fundsite.markup.prose import clean, is_absurd, unmarked
from fundsite.markup.safety import sanitise
from fundsite.media import File, Picture

__all__ = ["Event", "Heading", "Rendered", "events_of", "no_pictures", "plain", "to_html"]

_FENCED = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Heading:
    """A heading of the text: the anchor `id` stands in its HTML; `level` is 2 for the highest."""

    id: str
    text: str
    level: int


@dataclass(frozen=True)
class Rendered:
    """A text as HTML, with its headings for a table of contents."""

    html: str
    headings: tuple[Heading, ...]


def no_pictures(_name: str) -> Picture | None:
    """Know no picture at all."""
    return None


def no_files(_name: str) -> File | None:
    """Know no file at all."""
    return None


def to_html(
    text: str,
    *,
    pictures: Pictures = no_pictures,
    files: Files = no_files,
    id_prefix: str = "",
    blocks: bool = False,
) -> Rendered:
    """Render `text`. `pictures` and `files` find one by its name; `id_prefix` keeps two texts of a page apart.

    With `blocks`, events, galleries, and addresses and files on lines of their own become cards.

    Promises that the result is well-formed, carries no script, style or foreign picture, and no id except
    those that begin with `h-`, `fn-` or `fnref` after the prefix. Never fails on a text: what no person
    would write (ten thousand brackets, say) is shown as typed.
    """
    source = clean(text)
    shelf = Shelf(pictures, files)
    try:
        made = Rendered(unmarked(source), ()) if is_absurd(source) else _convert(source, shelf, id_prefix, blocks)
    except RecursionError:  # Emphasis within emphasis, hundreds deep.
        made = Rendered(unmarked(source), ())
    return Rendered(sanitise(made.html, id_prefix, shelf.shown), made.headings)


def events_of(text: str) -> list[Event]:
    """Return the events that a text announces, in the order of their cards."""
    visible = _FENCED.sub("", clean(text))
    return [found.event for found in events_in(visible.split("\n"))]


def _convert(source: str, shelf: Shelf, id_prefix: str, blocks: bool) -> Rendered:
    anchors = Anchors(id_prefix)
    parser = Markdown(
        extensions=[
            FencedCodeExtension(),
            Nl2BrExtension(),
            SaneListExtension(),
            TableExtension(use_align_attribute=True),
            TocExtension(baselevel=2, marker="", slugify=anchors.of_heading),
            Notes(SEPARATOR="-", BACKLINK_TEXT="↩", BACKLINK_TITLE="↩ {}"),
            Letters(shelf, anchors),
            *([Blocks(shelf)] if blocks else []),
        ],
        output_format="html",
    )
    made = parser.convert(source)
    return Rendered(made, tuple(_headings(getattr(parser, "toc_tokens", []))))


def _headings(tokens: list[dict[str, Any]]) -> Iterator[Heading]:
    for token in tokens:
        if token["name"]:
            yield Heading(token["id"], html.unescape(token["name"]), token["level"])
        yield from _headings(token["children"])
