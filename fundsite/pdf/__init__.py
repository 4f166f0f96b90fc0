"""PDF files: paper on which words, lines and boxes are placed, in real type. The only package that knows the library.

Measures are millimetres from the upper left corner, sizes of type are points. The same calls make the same bytes:
a file bears the time it is given and no other. Its text can be searched and copied, also 髙, 﨑 and 𠮷.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO

from fpdf import FPDF

from fundsite.pdf.typefaces import FILES, FOLDER, advance, runs, sayable
from fundsite.pdf.wrap import broken

A4 = (210.0, 297.0)
MM_PER_POINT = 25.4 / 72
ASCENT = 0.88  # where the base of a line lies below its top, in parts of the size
SMALLEST = 6.0  # type below this cannot be read
STEP = 0.5
GREY_RULE = 190
SHADE = 244
ELLIPSIS = "…"


@dataclass(frozen=True)
class Style:
    """How words look. `grey` goes from 0, black, to 255; `leading` is from line to line, in parts of the size."""

    size: float = 10.0
    bold: bool = False
    grey: int = 0
    leading: float = 1.6

    @property
    def line_height(self) -> float:
        """From the top of a line to that of the next."""
        return self.size * self.leading * MM_PER_POINT


BODY = Style()


class Paper:
    """One PDF file while it is being written. Characters that no font here says are a 〓 and stand in `missing`."""

    def __init__(self, title: str, author: str, made_at: datetime, size: tuple[float, float] = A4) -> None:
        """Begin a file without a page. `made_at` is the only time it will bear."""
        self.missing: list[str] = []
        self.width, self.height = size
        self._pdf = FPDF(format=size, unit="mm")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_creation_date(made_at)
        self._pdf.set_title(title)
        self._pdf.set_author(author)
        self._pdf.set_producer("fundsite")
        self._pdf.set_lang("ja-JP")

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return self._pdf.page

    def new_page(self) -> None:
        """Begin a page; what follows is placed on it."""
        self._pdf.add_page()

    def text(self, x: float, y: float, words: str, style: Style = BODY) -> None:
        """Write one line that begins at x, its top at y."""
        self._write(x, y, self._known(words), style)

    def text_right(self, x: float, y: float, words: str, style: Style = BODY) -> None:
        """Write one line that ends at x."""
        known = self._known(words)
        self._write(x - _width(known, style), y, known, style)

    def text_centred(self, x: float, y: float, words: str, style: Style = BODY) -> None:
        """Write one line with its middle at x."""
        known = self._known(words)
        self._write(x - _width(known, style) / 2, y, known, style)

    def paragraph(
        self, x: float, y: float, words: str, width: float, style: Style = BODY, most: int | None = None
    ) -> float:
        """Write a text in lines of at most `width`; return where the next thing may begin.

        With `most`, the type is made smaller until there are at most so many lines; what does not fit even in the
        smallest type ends in … and stands in `missing`.
        """
        known = self._known(words)
        style = fitted(known, width, style, most) if most else style
        lines = _lines(known, width, style)
        if most and len(lines) > most:
            lines = self._cut(lines, most)
        for number, line in enumerate(lines):
            self._write(x, y + number * style.line_height, line, style)
        return y + len(lines) * style.line_height

    def rule(self, x: float, y: float, to_x: float, to_y: float, *, weight: float = 0.2, grey: int = GREY_RULE) -> None:
        """Draw a line."""
        self._pdf.set_draw_color(grey)
        self._pdf.set_line_width(weight)
        self._pdf.line(x, y, to_x, to_y)

    def box(self, x: float, y: float, width: float, height: float, *, weight: float = 0.2, grey: int = 0) -> None:
        """Draw the outline of a box."""
        self._pdf.set_draw_color(grey)
        self._pdf.set_line_width(weight)
        self._pdf.rect(x, y, width, height)

    def shade(self, x: float, y: float, width: float, height: float, *, grey: int = SHADE) -> None:
        """Fill a box with a grey."""
        self._pdf.set_fill_color(grey)
        self._pdf.rect(x, y, width, height, style="F")

    def picture(self, data: bytes, x: float, y: float, width: float, height: float) -> None:
        """Place a picture within a box, its shape kept."""
        self._pdf.image(BytesIO(data), x, y, width, height, keep_aspect_ratio=True)

    def output(self) -> bytes:
        """Return the file. Nothing can be written afterwards."""
        return bytes(self._pdf.output())

    def _known(self, words: str) -> str:
        known, lacking = sayable(words)
        self.missing += [sign for sign in lacking if sign not in self.missing]
        return known

    def _cut(self, lines: list[str], most: int) -> list[str]:
        self.missing.append("".join(lines[most:]))
        return [*lines[: most - 1], lines[most - 1][:-1] + ELLIPSIS]

    def _write(self, x: float, y: float, known: str, style: Style) -> None:
        self._pdf.set_text_color(style.grey)
        for face, part in runs(known, style.bold):
            if face not in self._pdf.fonts:
                self._pdf.add_font(face, fname=FOLDER / FILES[face])
            self._pdf.set_font(face, size=style.size)
            self._pdf.text(x, y + style.size * ASCENT * MM_PER_POINT, part)
            x += _width(part, style)


def width_of(words: str, style: Style = BODY) -> float:
    """Return how wide one line of these words is."""
    return _width(sayable(words)[0], style)


def lines_of(words: str, width: float, style: Style = BODY) -> list[str]:
    """Return the lines that a paragraph of these words would have."""
    return _lines(sayable(words)[0], width, style)


def fitted(words: str, width: float, style: Style = BODY, most: int = 1) -> Style:
    """Return the style with the largest type, at most its own, in which these words take at most so many lines."""
    known = sayable(words)[0]
    while style.size > SMALLEST and len(_lines(known, width, style)) > most:
        style = replace(style, size=style.size - STEP)
    return style


def _width(known: str, style: Style) -> float:
    return advance(known, style.bold) * style.size * MM_PER_POINT


def _lines(known: str, width: float, style: Style) -> list[str]:
    return broken(known, width, lambda part: _width(part, style))
