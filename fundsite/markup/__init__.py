"""Markdown as people write it who never heard of it, to HTML that is safe to serve.

Text is rendered once, when it is saved. It is read as Markdown where people mean that, and as a letter
everywhere else: line breaks are kept, addresses become links, ①◆※・〜 stay as typed, and nothing becomes a
heading, a list or a block of code by accident. The parser is our own: those on offer lose `**「重要」**です`,
or take half a minute over ten thousand brackets. Each call works on values of its own.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, tostring

from fundsite.markup.anchors import add_notes, name_heading, resolve_anchors
from fundsite.markup.blocks import read_blocks
from fundsite.markup.inline import fill
from fundsite.markup.lead import plain
from fundsite.markup.page import Heading, Page, Pictures
from fundsite.markup.pictures import SIZES, lift_figures
from fundsite.markup.prose import clean_lines
from fundsite.markup.safety import HEADINGS, sanitise
from fundsite.media import Picture

__all__ = ["Heading", "Rendered", "no_pictures", "plain", "to_html"]


@dataclass(frozen=True)
class Rendered:
    """A text as HTML, with its headings for a table of contents."""

    html: str
    headings: tuple[Heading, ...]


def no_pictures(_name: str) -> Picture | None:
    """Know no picture at all."""
    return None


def to_html(text: str, *, pictures: Pictures = no_pictures, id_prefix: str = "") -> Rendered:
    """Render `text`. `pictures` finds a picture by its name; `id_prefix` keeps two texts of a page apart.

    Promises that the result is well-formed, carries no script, style or foreign picture, and no id except
    those that begin with `h-`, `fn-` or `fnref-` after the prefix. Never fails on a text, whatever it holds.
    """
    page = Page(pictures, id_prefix)
    root = Element("div")
    read_blocks(clean_lines(text), root, page)
    for element, words in page.pending:
        fill(element, words, page)
        if element.tag in HEADINGS:
            name_heading(element, page)
    add_notes(root, page)
    lift_figures(root)
    resolve_anchors(root, page)
    markup = "\n".join(tostring(child, encoding="unicode", method="html") for child in root)
    return Rendered(sanitise(markup, page, SIZES), tuple(page.headings))
