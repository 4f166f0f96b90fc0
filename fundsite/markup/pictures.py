"""Pictures in a text: a figure that reserves its room, never nested in a paragraph."""

from xml.etree.ElementTree import Element, SubElement

from fundsite.markup.page import Page
from fundsite.media import Picture

SIZES = "(min-width: 48rem) 46rem, 100vw"

_MAY_HOLD_FIGURES = frozenset({"p", "li", "td", "th"})


def add_picture(parent: Element, name: str, alt: str, page: Page, *, captioned: bool) -> Element | None:
    """Append the picture of that name, or a visible word of its absence. Return its caption, to be filled."""
    picture = page.pictures(name)
    if picture is None:
        SubElement(parent, "span", {"class": "missing-picture"}).text = alt or name
        return None
    if parent.tag not in _MAY_HOLD_FIGURES:
        _add_image(parent, picture, alt, page)
        return None
    figure = SubElement(parent, "figure")
    _add_image(figure, picture, alt, page)
    return SubElement(figure, "figcaption") if captioned else None


def _add_image(parent: Element, picture: Picture, alt: str, page: Page) -> None:
    image = SubElement(parent, "img", {"src": picture.src})
    page.shown.add(picture.src)
    if picture.srcset:
        image.set("srcset", picture.srcset)
        image.set("sizes", SIZES)
        page.shown.add(picture.srcset)
    image.set("width", str(picture.width))
    image.set("height", str(picture.height))
    image.set("alt", alt or picture.alt)
    image.set("loading", "lazy")
    image.set("decoding", "async")


def lift_figures(root: Element) -> None:
    """Take figures out of paragraphs, and the line breaks around them with them."""
    parents = list(root.iter())
    for parent in parents:
        if parent.find("figure") is not None:
            _trim_breaks(parent)
    for parent in parents:
        if any(child.tag == "p" and child.find("figure") is not None for child in parent):
            parent[:] = [
                part for child in parent for part in (_split(child) if child.tag == "p" else [child])
            ]


def _trim_breaks(parent: Element) -> None:
    """Drop a line break that has a figure for a neighbour: the figure is a line of its own."""
    children = list(parent)
    kept: list[Element] = []
    for number, child in enumerate(children):
        before = children[number - 1] if number else None
        after = children[number + 1] if number + 1 < len(children) else None
        if child.tag == "br" and (_touches(before, before) or _touches(after, child)):
            _add_tail(kept, parent, child.tail)
        else:
            kept.append(child)
    parent[:] = kept


def _touches(neighbour: Element | None, between: Element | None) -> bool:
    if neighbour is None or between is None or neighbour.tag != "figure":
        return False
    return not (between.tail or "").strip(" ")


def _add_tail(kept: list[Element], parent: Element, text: str | None) -> None:
    if text and kept:
        kept[-1].tail = (kept[-1].tail or "") + text
    elif text:
        parent.text = (parent.text or "") + text


def _split(paragraph: Element) -> list[Element]:
    """Return what becomes of a paragraph with figures: paragraphs and figures in turn."""
    parts = [Element("p")]
    parts[0].text = paragraph.text
    for child in paragraph:
        if child.tag == "figure":
            rest = Element("p")
            rest.text, child.tail = (child.tail or "").lstrip(" "), None
            parts += [child, rest]
        else:
            parts[-1].append(child)
    return [part for part in parts if part.tag == "figure" or len(part) or (part.text or "").strip()]
