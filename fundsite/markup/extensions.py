"""What our letters need beyond Python-Markdown: addresses as links, typed elements, and fewer surprises."""

import html
import re
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import HashHeaderProcessor
from markdown.extensions import Extension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.inlinepatterns import (
    ImageInlineProcessor,
    InlineProcessor,
    LinkInlineProcessor,
    SimpleTextInlineProcessor,
    SubstituteTagInlineProcessor,
)
from markdown.preprocessors import Preprocessor
from markdown.util import AtomicString

from fundsite.markup.finish import Anchors, Finish
from fundsite.markup.pictures import Shelf
from fundsite.markup.prose import drop_pasted_html
from fundsite.markup.safety import TYPED_ELEMENTS
from fundsite.markup.spacing import set_apart

Found = tuple[Element | str | None, int | None, int | None]

_TYPED = "|".join(TYPED_ELEMENTS)
_PAIR = rf"(?i:<(?P<tag>a|{_TYPED})(?P<rest>\s[^<>]{{0,1000}})?>(?P<inner>.{{0,1000}}?)</(?P=tag)\s*>)"
_STRAY = rf"(?i:()</?(?:a|{_TYPED})(?:\s[^<>]{{0,1000}})?>)"
_PAIRS_IN_PAIRS = 3
_HREF = re.compile(r"""href\s*=\s*["']?([^"'<>\s]+)""", re.IGNORECASE)
_URL = r"(?<![A-Za-z0-9])https?://[A-Za-z0-9\-._~:/?\#@!$&'()+,;=%]{1,2000}"
_MAIL = r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,8}"
_BETWEEN_DIGITS = r"(?<=[A-Za-z0-9])(\*)(?=[A-Za-z0-9])"
_LONGEST_LABEL = 1_000
_LONGEST_TARGET = 3_000
_UNWANTED = {
    "blockprocessors": ("code", "setextheader", "reference"),
    "preprocessors": ("html_block",),
    "treeprocessors": ("prettify",),
    "inlinePatterns": ("reference", "image_reference", "short_reference", "short_image_ref", "html"),
}


class Tidy(Preprocessor):  # type: ignore[misc]
    """Takes out pasted HTML and sets blocks apart. Runs when code is safely put away."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines for the parser."""
        text = drop_pasted_html("\n".join(lines))
        return set_apart("\n".join(line.rstrip() for line in text.split("\n"))).split("\n")


class SpacedHeading(HashHeaderProcessor):  # type: ignore[misc]
    """A heading wants a space after its hash: without one it is a hashtag."""

    RE = re.compile(r"(?:^|\n) {0,3}(?P<level>#{1,6})[ \u3000]+(?P<header>\S.{0,300}?)(?:[ \u3000]+#+)?(?:\n|$)")


class Within(LinkInlineProcessor):  # type: ignore[misc]
    """Looks for the end of a link nearby only: the whole text for each bracket would take for ever."""

    def getText(self, data: str, index: int) -> Any:  # noqa: N802
        """Read the words of a link."""
        return super().getText(data[: index + _LONGEST_LABEL], index)

    def getLink(self, data: str, index: int) -> Any:  # noqa: N802
        """Read the address of a link."""
        return super().getLink(data[: index + _LONGEST_TARGET], index)


class ShownPicture(Within, ImageInlineProcessor):  # type: ignore[misc]
    """Shows a picture of the site."""

    def __init__(self, pattern: str, md: Markdown, shelf: Shelf) -> None:
        super().__init__(pattern, md)
        self.shelf = shelf

    def handleMatch(self, m: re.Match[str], data: str) -> Found:  # noqa: N802
        """Make a figure, or a link, or a word of absence."""
        image, start, end = super().handleMatch(m, data)
        if image is None:
            return None, None, None
        found = self.shelf.show(image.get("src"), image.get("alt"), image.get("title", ""))
        return found, start, end


class TypedElement(InlineProcessor):  # type: ignore[misc]
    """Keeps an element that people may type, `<ruby>` for example, and the address of a pasted `<a>`."""

    def handleMatch(self, m: re.Match[str], data: str) -> Found:  # noqa: ARG002, N802
        """Make the element without its attributes."""
        element = Element(m["tag"].lower())
        element.text = m["inner"]
        if element.tag == "a" and (href := _HREF.search(m["rest"] or "")):
            element.set("href", html.unescape(href[1]))
        return element, m.start(0), m.end(0)


class BareAddress(InlineProcessor):  # type: ignore[misc]
    """Links an address in the middle of a sentence, and nothing of the sentence around it."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> Found:  # noqa: ARG002, N802
        """Make the link. A mail address is one without a scheme."""
        typed = m[0]
        while typed[-1] in ".,;:!?'([" or (typed[-1] == ")" and typed.count(")") > typed.count("(")):
            typed = typed[:-1]
        if typed.endswith("/") and typed.count("/") == len("//"):
            return None, None, None
        link = Element("a", {"href": typed if "://" in typed else f"mailto:{typed}"})
        link.text = AtomicString(readable(typed))
        return link, m.start(0), m.start(0) + len(typed)


def readable(url: str) -> str:
    """Show `%E6%94%AF%E6%8F%B4` as the words it stands for, where it stands for words."""
    words = unquote(url, errors="replace")
    return words if words.isprintable() and "\ufffd" not in words and " " not in words else url


class Notes(FootnoteExtension):  # type: ignore[misc]
    """Footnotes whose ids are made of numbers: a label may hold anything."""

    def makeFootnoteId(self, label: str) -> str:  # noqa: N802
        """Name a note."""
        return f"fn-{[*self.footnotes].index(label) + 1}"

    def makeFootnoteRefId(self, label: str, found: bool = False) -> Any:  # noqa: N802
        """Name a place that refers to a note."""
        return self.unique_ref(f"fnref-{[*self.footnotes].index(label) + 1}", found)


class Letters(Extension):  # type: ignore[misc]
    """All of the above."""

    def __init__(self, shelf: Shelf, anchors: Anchors) -> None:
        super().__init__()
        self.shelf = shelf
        self.anchors = anchors

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register what letters need, and take out what they do not."""
        for kind, names in _UNWANTED.items():
            for name in names:
                getattr(md if kind != "blockprocessors" else md.parser, kind).deregister(name)
        md.preprocessors.register(Tidy(md), "tidy", 21)
        md.parser.blockprocessors.register(SpacedHeading(md.parser), "hashheader", 70)
        md.treeprocessors.register(Finish(md, self.anchors), "finish", -10)
        for name, inline, priority in self._inline(md):
            md.inlinePatterns.register(inline, name, priority)

    def _inline(self, md: Markdown) -> list[tuple[str, InlineProcessor, int]]:
        """Return the patterns within a block. Those of the parser's own names take the places of its own."""
        pairs = [(f"typed{depth}", TypedElement(_PAIR, md), 90 - depth) for depth in range(_PAIRS_IN_PAIRS)]
        return [
            ("times", SimpleTextInlineProcessor(_BETWEEN_DIGITS), 185),
            ("link", Within(r"(?<!\!)\[", md), 160),
            ("image_link", ShownPicture(r"\!\[", md, self.shelf), 165),
            ("typed_break", SubstituteTagInlineProcessor(r"(?i:<br\s?/?>)", "br"), 95),
            *pairs,
            ("stray", SimpleTextInlineProcessor(_STRAY), 86),
            ("url", BareAddress(_URL, md), 85),
            ("mail", BareAddress(_MAIL, md), 84),
        ]
