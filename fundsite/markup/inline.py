"""Words within a block: emphasis, links, addresses, pictures, notes."""

import html
import re
from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement

from fundsite.markup.links import REL, is_external, readable, safe_href, trim_url
from fundsite.markup.page import Page
from fundsite.markup.pictures import add_picture
from fundsite.markup.tokens import TOKEN

MAX_DEPTH = 8


def fill(element: Element, text: str, page: Page) -> None:
    """Read `text` into the front of `element`, before what it already holds."""
    words = Element(element.tag)
    Reader(page).read(words, text)
    element.text = words.text
    element[0:0] = list(words)


def add_text(parent: Element, text: str) -> None:
    """Append plain text; the line breaks that people type are kept."""
    for number, line in enumerate(text.split("\n")):
        if number:
            SubElement(parent, "br")
        if line and len(parent):
            parent[-1].tail = (parent[-1].tail or "") + line
        elif line:
            parent.text = (parent.text or "") + line


class Reader:
    """Reads words into an element. A method takes a token; it may return where reading goes on."""

    def __init__(self, page: Page, depth: int = 0, *, in_link: bool = False) -> None:
        self.page = page
        self.depth = depth
        self.in_link = in_link

    def read(self, parent: Element, text: str) -> None:
        """Append `text` to `parent`. Beyond a sensible depth it is taken as plain."""
        if self.depth > MAX_DEPTH:
            add_text(parent, text)
            return
        position = 0
        while match := TOKEN.search(text, position):
            add_text(parent, text[position : match.start()])
            position = METHODS[match.lastgroup or ""](self, parent, match) or match.end()
        add_text(parent, text[position:])

    def read_within(self, parent: Element, text: str, *, in_link: bool = False) -> None:
        """Append words that stand inside another token."""
        Reader(self.page, self.depth + 1, in_link=in_link or self.in_link).read(parent, text)

    def code(self, parent: Element, match: re.Match[str]) -> None:
        """Show code as it is."""
        SubElement(parent, "code").text = match["code"].strip()

    def escaped(self, parent: Element, match: re.Match[str]) -> None:
        """Take a sign after a backslash as typed."""
        add_text(parent, match["escaped"])

    def entity(self, parent: Element, match: re.Match[str]) -> None:
        """Show the character that `&copy;` and its like mean."""
        meant = html.unescape(match["entity"])
        add_text(parent, meant if meant.isprintable() else " ")

    def emphasis(self, parent: Element, match: re.Match[str]) -> None:
        """Make words strong, or emphasised, or both."""
        kind = match.lastgroup or ""
        outer = SubElement(parent, "em" if kind in {"em", "under"} else "strong")
        self.read_within(SubElement(outer, "em") if kind == "both" else outer, match[kind])

    def element(self, parent: Element, match: re.Match[str]) -> None:
        """Keep an element that people may type, `<ruby>` for example."""
        self.read_within(SubElement(parent, match["element"].lower()), match["inner"])

    def line_break(self, parent: Element, _match: re.Match[str]) -> None:
        """Break the line."""
        SubElement(parent, "br")

    def nothing(self, parent: Element, match: re.Match[str]) -> None:
        """Leave out a tag without its other half."""

    def picture(self, parent: Element, match: re.Match[str]) -> None:
        """Show a picture of the site. One of another site is linked to: it need not know who reads here."""
        name, title = match["picture"].strip(), match["picture_title"] or ""
        if is_external(name) or name.startswith("//"):
            self._link(parent, name, match["alt"] or readable(name))
            return
        caption = add_picture(parent, name, match["alt"], self.page, captioned=bool(title))
        if caption is not None:
            self.read_within(caption, title)

    def target(self, parent: Element, match: re.Match[str]) -> None:
        """Link words to an address."""
        self._link(parent, match["target"].strip(), match["label"])

    def pasted_link(self, parent: Element, match: re.Match[str]) -> None:
        """Keep the address of a pasted `<a href>`, and nothing else of it."""
        self._link(parent, match["pasted"], match["words"])

    def angle(self, parent: Element, match: re.Match[str]) -> None:
        """Link an address in angle brackets."""
        self._bare(parent, match["angle"], readable(match["angle"]))

    def url(self, parent: Element, match: re.Match[str]) -> int:
        """Link an address in the middle of a sentence."""
        url = trim_url(match["url"])
        self._bare(parent, url, readable(url))
        return match.start() + len(url)

    def mail(self, parent: Element, match: re.Match[str]) -> None:
        """Link a mail address."""
        self._bare(parent, f"mailto:{match['mail']}", match["mail"])

    def note(self, parent: Element, match: re.Match[str]) -> None:
        """Refer to a note at the end, if there is one."""
        label = match["note"]
        if label not in self.page.notes or self.in_link:
            add_text(parent, match[0])
            return
        number, times = self.page.cite(label)
        mark = SubElement(parent, "sup", {"class": "footnote-ref"})
        mark.set("id", f"{self.page.id_prefix}fnref-{number}" + (f"-{times}" if times > 1 else ""))
        SubElement(mark, "a", {"href": f"#{self.page.id_prefix}fn-{number}"}).text = str(number)

    def _link(self, parent: Element, address: str, words: str) -> None:
        self.read_within(self._anchor(parent, address), words, in_link=True)

    def _bare(self, parent: Element, address: str, words: str) -> None:
        add_text(self._anchor(parent, address), words)

    def _anchor(self, parent: Element, address: str) -> Element:
        """Return the link to put the words into, or `parent` where there must be none."""
        href = None if self.in_link else safe_href(address)
        if href is None:
            return parent
        return SubElement(parent, "a", {"href": href} | ({"rel": REL} if is_external(href) else {}))


METHODS: dict[str, Callable[[Reader, Element, re.Match[str]], int | None]] = {
    "code": Reader.code,
    "escaped": Reader.escaped,
    "picture": Reader.picture,
    "picture_title": Reader.picture,
    "note": Reader.note,
    "target": Reader.target,
    "target_title": Reader.target,
    "angle": Reader.angle,
    "url": Reader.url,
    "mail": Reader.mail,
    "inner": Reader.element,
    "stray": Reader.nothing,
    "words": Reader.pasted_link,
    "anchor": Reader.nothing,
    "br": Reader.line_break,
    "entity": Reader.entity,
    "both": Reader.emphasis,
    "strong": Reader.emphasis,
    "em": Reader.emphasis,
    "dunder": Reader.emphasis,
    "under": Reader.emphasis,
}
