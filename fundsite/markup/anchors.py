"""What can be pointed at within a text: its headings and the notes at its end."""

import html
from urllib.parse import unquote
from xml.etree.ElementTree import Element, SubElement

from fundsite.markup.inline import fill
from fundsite.markup.page import Heading, Page


def name_heading(element: Element, page: Page) -> None:
    """Give a heading its id and its place in the table of contents. One without words is left alone."""
    text = " ".join("".join(_words(element)).split(" ")).strip()
    if not text:
        return
    anchor = page.heading_id(text)
    element.set("id", anchor)
    page.headings.append(Heading(anchor, text, int(element.tag[1])))


def _words(element: Element) -> list[str]:
    """Collect the words of a heading, without the numbers of notes."""
    words = [element.text or ""]
    for child in element:
        words += [] if child.get("class") == "footnote-ref" else _words(child)
        words.append(child.tail or "")
    return words


def add_notes(root: Element, page: Page) -> None:
    """Append the notes in the order of first reference; those never referred to follow."""
    if not page.notes:
        return
    listing = SubElement(SubElement(root, "section", {"class": "footnotes"}), "ol")
    # A note may refer to further ones, so the row of those referred to grows while it is gone through.
    cited = 0
    while cited < len(page.order):
        _add_note(listing, page.order[cited], page)
        cited += 1
    for label in [label for label in page.notes if label not in page.cited]:
        fill(SubElement(listing, "li"), page.notes[label], page)


def _add_note(listing: Element, label: str, page: Page) -> None:
    number = page.cited[label][0]
    note = SubElement(listing, "li", {"id": f"{page.id_prefix}fn-{number}"})
    fill(note, page.notes[label], page)
    back = {"class": "footnote-back", "href": f"#{page.id_prefix}fnref-{number}", "aria-label": f"↩ {number}"}
    SubElement(note, "a", back).text = "↩"


def resolve_anchors(root: Element, page: Page) -> None:
    """Lead links such as `(#活動のようす)` to the heading of that name."""
    for link in root.iter("a"):
        href = link.get("href", "")
        if href.startswith("#"):
            anchor = page.anchors.get(html.unescape(unquote(href[1:])).lower())
            link.set("href", f"#{anchor}" if anchor else href)
