"""Breaking Japanese text into lines: anywhere but inside a word of Latin letters, before 。 and after 「."""

import re
from collections.abc import Callable, Iterator

_NOT_FIRST = frozenset(
    "、。，．・：；？！ー）〕］｝〉》」』】’”々ゝゞぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ､｡)]},.:;?!%％"
)
_NOT_LAST = frozenset("（〔［｛〈《「『【‘“([{￥¥〒")
_UNIT = re.compile(r"[!-~\u00a1-\u024f]+ ?|.", re.DOTALL)


def broken(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Return the lines of a text that are at most `width` wide; what was a line of its own stays one."""
    return [line for paragraph in text.split("\n") for line in _lines(paragraph, width, measure)]


def _lines(paragraph: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    line = ""
    for unit in _units(paragraph, width, measure):
        if line and measure(line + unit.rstrip()) > width:
            kept, carried = _parted(line, unit)
            yield kept.rstrip()
            line = carried
        line += unit
    yield line.rstrip()


def _units(paragraph: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    """Yield what stays together; a word that is wider than a line falls into its letters."""
    for found in _UNIT.finditer(paragraph):
        yield from [found[0]] if measure(found[0]) <= width else found[0]


def _parted(line: str, after: str) -> tuple[str, str]:
    """Move the end of a line into the next one where a sign may not stand first or last."""
    cut = len(line)
    while cut > 1 and ((line + after)[cut] in _NOT_FIRST or line[cut - 1] in _NOT_LAST):
        cut -= 1
    return (line[:cut], line[cut:]) if cut > len(line) // 2 else (line, "")
