"""Charts as SVG made on the server: presentation attributes only, no script, no style.

Places along the page's width are percentages, so that a chart fills a telephone and a desk alike while its letters
keep their size. Labels of the vertical axis stand left of the drawing, in the margin that the page gives it.
Whatever a chart shows is said as a table beside it; the titles of its columns carry the same words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

ACCENT, GRID, INK, BEYOND = "#1d5f4a", "#dde2de", "#555e58", "#a8740f"
WIDTH = 1000  # of the drawing inside; it is stretched to the page
TOP, FOOT, GAP = 18, 26, 0.22
MOST_TICKS, MOST_LABELS, LETTER = 4, 5, 17


@dataclass(frozen=True)
class Column:
    """One step of the horizontal axis: its label there, its value, and what is said of it."""

    label: str
    value: int
    said: str


@dataclass(frozen=True)
class Mark:
    """A value that a line is drawn at, such as a goal."""

    value: int
    label: str


@dataclass(frozen=True)
class Axis:
    """The vertical axis: its labelled values, 0 first, and the height of the drawing."""

    ticks: tuple[tuple[int, str], ...]
    height: int

    def y(self, value: int) -> float:
        """Return where a value stands."""
        top = max(self.ticks[-1][0], 1)
        return round(TOP + (self.height - TOP) * (1 - value / top), 2)


def steps(largest: int) -> list[int]:
    """Return round values from 0 to the first that is not under `largest`, at most five of them."""
    size = 1
    while size * MOST_TICKS < largest:
        size = size * 5 // 2 if str(size).startswith("2") else size * 2
    count = -(-max(largest, 1) // size)
    return [size * number for number in range(count + 1)]


def column_chart(columns: Sequence[Column], slots: Sequence[str], axis: Axis, title: str) -> Markup:
    """Draw a column for each value; `slots` labels the whole axis, of which columns may fill only the beginning."""
    width = 100 / max(len(slots), 1)
    drawn = [_column(column, number * width, width, axis) for number, column in enumerate(columns)]
    return _chart(title, axis, [*_grid(axis), *drawn, *_labels(slots, axis)])


def line_chart(
    columns: Sequence[Column], slots: Sequence[str], axis: Axis, title: str, marks: Sequence[Mark] = ()
) -> Markup:
    """Draw a line through the values, with `marks` across."""
    step = WIDTH / max(len(slots), 1)
    points = [f"{round((number + 0.5) * step, 2)},{axis.y(column.value)}" for number, column in enumerate(columns)]
    places = [number * step / WIDTH * 100 for number in range(len(columns))]
    hover = [_hover(column, place, step / WIDTH * 100, axis) for column, place in zip(columns, places, strict=True)]
    return _chart(
        title, axis, [*_grid(axis), _line(points, step, axis), *_marks(marks, axis), *hover, *_labels(slots, axis)]
    )


def _tag(name: str, *children: Markup | str, **attributes: object) -> Markup:
    said = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items()
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, said, Markup("").join(children))


def _chart(title: str, axis: Axis, parts: Sequence[Markup]) -> Markup:
    return _tag(
        "svg", *parts, xmlns="http://www.w3.org/2000/svg", class_="chart", width="100%", height=axis.height + FOOT,
        role="img", aria_label=title,
    )  # fmt: skip


def _column(column: Column, x: float, width: float, axis: Axis) -> Markup:
    y = axis.y(column.value)
    bar = _tag(
        "rect", class_="chart-bar", x=f"{x + width * GAP / 2:.3f}%", width=f"{width * (1 - GAP):.3f}%", y=y,
        height=round(axis.height - y, 2), fill=ACCENT,
    )  # fmt: skip
    return _tag("g", bar, _hover(column, x, width, axis))


def _hover(column: Column, x: float, width: float, axis: Axis) -> Markup:
    return _tag(
        "rect", _tag("title", column.said), class_="chart-hit", x=f"{x:.3f}%", width=f"{width:.3f}%", y=TOP,
        height=axis.height - TOP, fill="transparent", data_value=column.value,
    )  # fmt: skip


def _line(points: Sequence[str], step: float, axis: Axis) -> Markup:
    if not points:
        return Markup("")
    first, last = step / 2, (len(points) - 0.5) * step
    line = "M" + "L".join(points)
    area = f"{line}L{last:.2f},{axis.height}L{first:.2f},{axis.height}Z"
    return _tag(
        "svg",
        _tag("path", class_="chart-area", d=area, fill=ACCENT, fill_opacity="0.14"),
        _tag(
            "path", class_="chart-line", d=line, fill="none", stroke=ACCENT, stroke_width=2.5,
            stroke_linejoin="round", stroke_linecap="round", vector_effect="non-scaling-stroke",
        ),
        width="100%", height=axis.height, viewBox=f"0 0 {WIDTH} {axis.height}", preserveAspectRatio="none",
    )  # fmt: skip


def _grid(axis: Axis) -> list[Markup]:
    parts = []
    for value, label in axis.ticks:
        y = axis.y(value)
        parts.append(_tag("line", class_="chart-grid", x1=0, x2="100%", y1=y, y2=y, stroke=GRID))
        parts.append(_tag("text", label, x=-8, y=y + 4, text_anchor="end", font_size=12, fill=INK))
    return parts


def _marks(marks: Sequence[Mark], axis: Axis) -> list[Markup]:
    """Draw the marks; of two whose words would lie on each other only the higher one is named."""
    parts, free = [], 0.0
    for mark in sorted(marks, key=lambda mark: -mark.value):
        y = axis.y(mark.value)
        parts.append(
            _tag(
                "line", class_="chart-mark", x1=0, x2="100%", y1=y, y2=y, stroke=BEYOND, stroke_width=1.5,
                stroke_dasharray="5 4",
            )
        )  # fmt: skip
        if y >= free:
            parts.append(_tag("text", mark.label, class_="chart-mark-label", x=2, y=y - 5, font_size=12, fill=BEYOND))
            free = y + LETTER
    return parts


def _labels(slots: Sequence[str], axis: Axis) -> list[Markup]:
    last = len(slots) - 1
    shown = sorted({round(last * part / (MOST_LABELS - 1)) for part in range(MOST_LABELS)}) if slots else []
    parts = []
    for number in shown:
        x, anchor = f"{(number + 0.5) * 100 / len(slots):.2f}%", "middle"
        if last and number in {0, last}:
            x, anchor = ("0", "start") if number == 0 else ("100%", "end")
        parts.append(
            _tag("text", slots[number], x=x, y=axis.height + LETTER + 2, text_anchor=anchor, font_size=12, fill=INK)
        )
    return parts
