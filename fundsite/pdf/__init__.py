"""PDF files: paper on which words, lines and boxes are placed, in real type. The only package that knows the library.

Measures are millimetres from the upper left corner, sizes of type are points. The same calls make the same bytes:
a file bears the time it is given and no other. Its text can be searched and copied, also 髙, 﨑 and 𠮷.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from io import BytesIO

from fpdf import FPDF
from fpdf.fonts import TTFFont

from fundsite.pdf.typefaces import advance, font_of, runs, sayable
from fundsite.pdf.wrap import broken

A4 = (210.0, 297.0)
MM_PER_POINT = 25.4 / 72
ASCENT = 0.88  # where the base of a line lies below its top, in parts of the size
SMALLEST = 6.0  # type below this cannot be read
STEP = 0.5
GREY_RULE = 190
SHADE = 244
ELLIPSIS = "…"

Mark = Callable[[FPDF], None]


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
        self.pages = 0
        self._title, self._author, self._made_at = title, author, made_at
        self._marks: list[Mark] = []  # made on the paper at the end, when all the letters are known
        self._letters: dict[str, set[str]] = defaultdict(set)

    def new_page(self) -> None:
        """Begin a page; what follows is placed on it."""
        self.pages += 1
        self._marks.append(lambda pdf: pdf.add_page())

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

        def mark(pdf: FPDF) -> None:
            pdf.set_draw_color(grey)
            pdf.set_line_width(weight)
            pdf.line(x, y, to_x, to_y)

        self._marks.append(mark)

    def box(self, x: float, y: float, width: float, height: float, *, weight: float = 0.2, grey: int = 0) -> None:
        """Draw the outline of a box."""

        def mark(pdf: FPDF) -> None:
            pdf.set_draw_color(grey)
            pdf.set_line_width(weight)
            pdf.rect(x, y, width, height)

        self._marks.append(mark)

    def shade(self, x: float, y: float, width: float, height: float, *, grey: int = SHADE) -> None:
        """Fill a box with a grey."""

        def mark(pdf: FPDF) -> None:
            pdf.set_fill_color(grey)
            pdf.rect(x, y, width, height, style="F")

        self._marks.append(mark)

    def picture(self, data: bytes, x: float, y: float, width: float, height: float) -> None:
        """Place a picture within a box, its shape kept."""
        self._marks.append(lambda pdf: _placed(pdf, data, (x, y, width, height)))

    def output(self) -> bytes:
        """Return the file."""
        pdf = FPDF(format=(self.width, self.height), unit="mm")
        pdf.set_auto_page_break(False)
        pdf.set_creation_date(self._made_at)
        pdf.set_title(self._title)
        pdf.set_author(self._author)
        pdf.set_producer("fundsite")
        pdf.set_lang("ja-JP")
        for face, letters in self._letters.items():
            pdf.fonts[face] = TTFFont(pdf, font_of(face, letters), face, "")  # type: ignore[arg-type]
        for mark in self._marks:
            mark(pdf)
        return bytes(pdf.output())

    def _known(self, words: str) -> str:
        known, lacking = sayable(words)
        self.missing += [sign for sign in lacking if sign not in self.missing]
        return known

    def _cut(self, lines: list[str], most: int) -> list[str]:
        self.missing.append("".join(lines[most:]))
        return [*lines[: most - 1], lines[most - 1][:-1] + ELLIPSIS]

    def _write(self, x: float, y: float, known: str, style: Style) -> None:
        base = y + style.size * ASCENT * MM_PER_POINT
        for face, part in runs(known, style.bold):
            self._letters[face].update(part)
            self._marks.append(partial(_written, x=x, y=base, face=face, part=part, style=style))
            x += _width(part, style)


def _written(pdf: FPDF, x: float, y: float, face: str, part: str, style: Style) -> None:
    pdf.set_text_color(style.grey)
    pdf.set_font(face, size=style.size)
    pdf.text(x, y, part)


def _placed(pdf: FPDF, data: bytes, box: tuple[float, float, float, float]) -> None:
    pdf.image(BytesIO(data), *box, keep_aspect_ratio=True)


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
