"""The last touch on what the parser made: anchors, links to other sites, tables, notes."""

import html
import re
import unicodedata
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from fundsite.markup.pictures import place_figures
from fundsite.markup.safety import REL

_LEADS_SOMEWHERE = re.compile(r"(?:https?|mailto|tel):|[^:/?#]*(?:[/?#]|$)", re.IGNORECASE)
_NOT_SLUG = re.compile(r"[\W_]+")
_LONGEST_SLUG = 60
_LONGEST_LABEL = 80


class Anchors:
    """The ids of one text. They begin so that none can be one of the page's own."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def of_heading(self, text: str, _separator: str = "") -> str:
        """Return the id of a heading; the parser makes it unique."""
        slug = _NOT_SLUG.sub("-", unicodedata.normalize("NFKC", text).lower()).strip("-")[:_LONGEST_SLUG]
        return f"{self.prefix}h-{slug.strip('-') or 'section'}"


class Finish(Treeprocessor):  # type: ignore[misc]
    """Finishes the tree."""

    def __init__(self, md: Markdown, anchors: Anchors) -> None:
        super().__init__(md)
        self.anchors = anchors

    def run(self, root: Element) -> None:
        """Change the tree in place."""
        place_figures(root)
        anchors = {element.get("id", "") for element in root.iter()}
        for element in list(root.iter()):
            if element.tag == "a":
                self._finish_link(element, anchors)
            elif align := element.attrib.pop("align", ""):
                element.attrib |= {} if align == "left" else {"class": f"align-{align}"}
            elif element.get("id", "").startswith("fn"):
                element.set("id", self.anchors.prefix + element.get("id", ""))
            elif element.get("class") == "footnote":
                _finish_notes(element)
            element[:] = [_framed(child) if child.tag == "table" else child for child in element]
        for child in root:
            child.tail = "\n"

    def _finish_link(self, link: Element, anchors: set[str]) -> None:
        """Lead `(#活動のようす)` to the heading of that name, and say of other sites that they are others."""
        href = html.unescape(link.get("href", ""))
        if href.startswith("//"):
            href = f"https:{href}"
        if href.startswith("#fn"):
            href = f"#{self.anchors.prefix}{href[1:]}"
        elif href.startswith("#") and (anchor := self.anchors.of_heading(unquote(href[1:]))) in anchors:
            href = f"#{anchor}"
        if href.lower().startswith(("http:", "https:")):
            link.set("rel", REL)
        # Browsers read a backslash as a slash: `/\example.org` would leave the site.
        if href and "\\" not in href and _LEADS_SOMEWHERE.match(href):
            link.set("href", href)
        else:
            link.attrib.pop("href", None)


def _finish_notes(notes: Element) -> None:
    notes.tag = "section"
    notes.set("class", "footnotes")
    del notes[0]  # the rule above them
    for link in notes.iter("a"):
        if link.get("class") == "footnote-backref":
            link.attrib |= {"class": "footnote-back", "aria-label": link.attrib.pop("title")}


def _framed(table: Element) -> Element:
    """Wrap a table so that it scrolls by itself, by keyboard too. Its name is that of its columns."""
    names = [" ".join("".join(cell.itertext()).split()) for cell in table.iter("th")]
    label = " / ".join(filter(None, names))[:_LONGEST_LABEL] or "表"
    frame = Element("div", {"class": "table-scroll", "tabindex": "0", "role": "region", "aria-label": label})
    frame.append(table)
    return frame
