"""Pictures in a text: a figure that reserves its room, never nested in a paragraph."""

from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement

from markdown.util import AtomicString

from fundsite.media import File, Picture

Pictures = Callable[[str], Picture | None]
Files = Callable[[str], File | None]

SIZES = "(min-width: 48rem) 46rem, 100vw"

_ELSEWHERE = ("http://", "https://", "//")
_BLOCKS = frozenset({"figure", "p", "ul", "ol", "blockquote", "pre", "table", "hr"})
_MAY_HOLD_FIGURES = frozenset({"p", "li", "td", "th"})


class Shelf:
    """The pictures and files that a text may show, and the addresses of those it shows."""

    def __init__(self, pictures: Pictures, files: Files) -> None:
        self.pictures, self.files = pictures, files
        self.shown: set[str] = set()

    def offer(self, name: str) -> File | None:
        """Return the file of that name, or None if there is none."""
        file = self.files(name)
        if file is not None:
            self.shown.add(file.href)
        return file

    def show(self, name: str, alt: str, caption: str) -> Element:
        """Return a figure, or a link if the picture is another site's: it need not know who reads here."""
        if name.lower().startswith(_ELSEWHERE):
            link = Element("a", {"href": name})
            link.text = AtomicString(alt or name)
            return link
        picture = self.pictures(name)
        if picture is None:
            missing = Element("span", {"class": "missing-picture"})
            missing.text = AtomicString(alt or name)
            return missing
        return self._figure(picture, alt, caption)

    def _figure(self, picture: Picture, alt: str, caption: str) -> Element:
        figure = Element("figure")
        image = SubElement(figure, "img", {"src": picture.src})
        if picture.srcset:
            image.attrib |= {"srcset": picture.srcset, "sizes": SIZES}
        image.attrib |= {
            "width": str(picture.width),
            "height": str(picture.height),
            "alt": alt or picture.alt,
        }
        image.attrib |= {"loading": "lazy", "decoding": "async"}
        self.shown |= {picture.src, picture.srcset}
        if caption:
            SubElement(figure, "figcaption").text = caption
        return figure


def place_figures(root: Element) -> None:
    """Take figures out of paragraphs, and their frames off where a frame cannot be: in links and headings."""
    for parent in list(root.iter()):
        if parent.tag not in _MAY_HOLD_FIGURES:
            parent[:] = [_unframed(child) if _is_inline(parent, child) else child for child in parent]
    for parent in list(root.iter()):
        parent[:] = [part for child in parent for part in _split(child)]


def _is_inline(parent: Element, child: Element) -> bool:
    return child.tag == "figure" and parent.tag not in {"div", "blockquote"}


def _unframed(figure: Element) -> Element:
    image = figure[0]
    image.tail = figure.tail
    return image


def _split(holder: Element) -> list[Element]:
    """Return what becomes of an element with figures: its words are paragraphs between them."""
    if holder.tag not in _MAY_HOLD_FIGURES or holder.find("figure") is None:
        return [holder]
    parts = [Element("p")]
    parts[0].text, holder.text = holder.text, None
    for child in holder:
        if child.tag in _BLOCKS:
            rest = Element("p")
            rest.text, child.tail = (child.tail or "").lstrip(" "), None
            parts += [child, rest]
        else:
            parts[-1].append(child)
    parts = [part for part in parts if part.tag != "p" or _trim(part)]
    if holder.tag == "p":
        return parts
    holder[:] = parts
    return [holder]


def _trim(paragraph: Element) -> bool:
    """Drop the line breaks around a paragraph. Return whether anything is left of it."""
    while len(paragraph) and paragraph[0].tag == "br" and not (paragraph.text or "").strip():
        paragraph.text = paragraph[0].tail
        del paragraph[0]
    while len(paragraph) and paragraph[-1].tag == "br" and not (paragraph[-1].tail or "").strip():
        del paragraph[-1]
    return bool(len(paragraph) or (paragraph.text or "").strip())
