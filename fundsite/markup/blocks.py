"""Blocks of a report, by conventions that look right as plain text too: events, links and films on lines of their own.

Nothing is fetched, and no other site is asked for anything until a reader follows a link.
"""

import html
import re
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from fundsite.markup.events import Event, events_in
from fundsite.markup.extensions import readable
from fundsite.markup.pictures import Shelf
from fundsite.markup.safety import REL
from fundsite.media import File
from fundsite.media.files import DOCUMENT, SOUND, size_in_words

_ALONE = re.compile(r" {0,3}<?(https?://[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%\[\]]{1,2000}?)>?\s*$")
_FILE = re.compile(r" {0,3}!?\[([^\[\]]{0,300})\]\(((?:files/)[^()\s]{1,300})\)\s*$")
_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9\-._~:/?#@!$&'()+,;=%]{1,2000}|[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,8}"
)
_FILMS = (
    ("YouTube", re.compile(r"(?:(?:www|m)\.)?(?:youtube\.com/(?:watch|shorts/|live/|embed/)|youtu\.be/).+")),
    ("Vimeo", re.compile(r"(?:www\.|player\.)?vimeo\.com/(?:video/)?\d+.*")),
    ("Facebook", re.compile(r"(?:(?:www|m)\.)?facebook\.com/(?:watch|reel|[^/]+/videos/).*|fb\.watch/.+")),
)
_LONGEST_SHOWN = 90
_LEAST_OF_A_GALLERY = 2


class Blocks(Extension):  # type: ignore[misc]
    """All of them."""

    def __init__(self, shelf: Shelf) -> None:
        """`shelf` knows the files that a text may offer."""
        super().__init__()
        self.shelf = shelf

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register: after code is put away, before lines are set apart; galleries before pictures find their place."""
        md.preprocessors.register(Cards(md, self.shelf), "cards", 22)
        md.treeprocessors.register(Gallery(md), "gallery", -5)


class Cards(Preprocessor):  # type: ignore[misc]
    """Turns the lines of an event, and an address or a file alone on its line, into cards."""

    def __init__(self, md: Markdown, shelf: Shelf) -> None:
        """`shelf` knows the files that a text may offer."""
        super().__init__(md)
        self.shelf = shelf

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with cards put away."""
        events = {found.first: found for found in events_in(lines)}
        made: list[str] = []
        number, position = 0, 0
        while number < len(lines):
            found = events.get(number)
            card = self._card_of(lines[number])
            if found:
                position += 1
                made += self._put(event_card(found.event, position))
            elif card:
                made += self._put(card)
            else:
                made.append(lines[number])
            number = found.after if found else number + 1
        return made

    def _card_of(self, line: str) -> str:
        if alone := _ALONE.match(line):
            return address_card(alone[1])
        named = _FILE.match(line)
        file = self.shelf.offer(named[2]) if named else None
        return file_card(named[1], file) if named and file else ""

    def _put(self, card: str) -> list[str]:
        return ["", self.md.htmlStash.store(card), ""]


class Gallery(Treeprocessor):  # type: ignore[misc]
    """Sets pictures on lines that follow one another side by side."""

    def run(self, root: Element) -> None:
        """Change the tree in place."""
        for paragraph in root:
            figures = [child for child in paragraph if child.tag == "figure"]
            words = [paragraph.text, *(child.tail for child in paragraph)]
            only = len(paragraph) == len(figures) + sum(child.tag == "br" for child in paragraph)
            if (
                paragraph.tag == "p"
                and only
                and len(figures) >= _LEAST_OF_A_GALLERY
                and not "".join(filter(None, words)).strip()
            ):
                paragraph.tag, paragraph.text = "div", None
                paragraph.set("class", "gallery")
                for figure in figures:
                    figure.tail = None
                paragraph[:] = figures


def event_card(event: Event, number: int) -> str:
    """Return an event as a card; its calendar file, where a time was read, lies beside the report's page."""
    rows = "".join(f"<dt>{html.escape(key)}</dt><dd>{_with_links(value)}</dd>" for key, value in event.fields)
    said = "Add to calendar" if event.in_english else "カレンダーに追加する"
    calendar = f'<p><a href="events/{number}.ics">{said}</a></p>' if event.starts else ""
    title = html.escape(event.title)
    return f'<section class="event-card"><p><strong>{title}</strong></p><dl>{rows}</dl>{calendar}</section>'


def file_card(title: str, file: File) -> str:
    """Return a file as a card: sound and film can be played where they stand, and everything be downloaded."""
    href, said = html.escape(file.href), html.escape(title.strip() or file.kind.label)
    player = ""
    if file.kind.shown_as != DOCUMENT:
        tag = "audio" if file.kind.shown_as == SOUND else "video"
        player = f'<{tag} src="{href}" controls="" preload="none" aria-label="{said}"></{tag}>'
    size = f"{file.kind.label} {size_in_words(file.size)}"
    return (
        f'<section class="file-card"><p><strong>{said}</strong></p>{player}'
        f'<p><a href="{href}" download="">ダウンロード</a> <small>{size}</small></p></section>'
    )


def address_card(url: str) -> str:
    """Return a link as a card that names where it leads, or that it leads to a film."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host:
        return f"<p>{html.escape(url)}</p>"
    bare = f"{host}{parts.path}{'?' if parts.query else ''}{parts.query}"
    film = next((name for name, pattern in _FILMS if pattern.fullmatch(bare)), "")
    shown = readable(url)
    shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[: _LONGEST_SHOWN - 1]}…"
    first = f"{film}で動画を見る" if film else host.removeprefix("www.")
    kind = "film-card" if film else "link-card"
    return (
        f'<section class="{kind}"><a href="{html.escape(url)}" rel="{REL}">'
        f"<strong>{html.escape(first)}</strong><small>{html.escape(shown)}</small></a></section>"
    )


def _with_links(value: str) -> str:
    """Escape a value; addresses in it become links."""
    made, last = "", 0
    for found in _ADDRESS.finditer(value):
        typed = found[0].rstrip(".,;:!?'(")
        href = typed if "://" in typed else f"mailto:{typed}"
        made += html.escape(value[last : found.start()])
        made += f'<a href="{html.escape(href)}" rel="{REL}">{html.escape(readable(typed))}</a>'
        last = found.start() + len(typed)
    return made + html.escape(value[last:])
