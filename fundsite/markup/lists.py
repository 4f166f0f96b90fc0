"""Lists. They need no blank line before them, and blank lines between their items change nothing."""

import re
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement

from fundsite.markup.page import Page

MAX_LEVELS = 6
NESTED = 2  # spaces by which an item lies inside the one above

# A number has at most two digits and a space after its dot: `2022. 5` and `1500万円` begin sentences.
_ITEM = re.compile(r"( *)(?:([-*])|(\d{1,2})\.)[ \u3000]+(?=\S)(.*)$")


class _Item(NamedTuple):
    indent: int
    number: int | None  # None for a bullet
    words: str


@dataclass
class _Level:
    indent: int
    element: Element
    numbered: bool


def read_list(lines: list[str], at: int, page: Page) -> tuple[int, Element] | None:
    """Read a list with the lists inside it. A number other than 1 only goes on with an earlier list."""
    first = _item(lines[at])
    if first is None or first.number not in {None, 0, 1, page.next_number}:
        return None
    levels = [_Level(first.indent, _new_list(first), first.number is not None)]
    end = at
    while end < len(lines) and (item := _item(lines[end])):
        if not _place(item, levels):
            break
        end, words = _words(lines, end, item)
        page.pending.append((SubElement(levels[-1].element, "li"), words))
        end = _past_blank(lines, end)
    if first.number is not None:
        page.next_number = first.number + len(levels[0].element)
    return end, levels[0].element


def _item(line: str) -> _Item | None:
    match = _ITEM.match(line)
    return match and _Item(len(match[1]), int(match[3]) if match[3] else None, match[4])


def _new_list(item: _Item) -> Element:
    if item.number is None:
        return Element("ul")
    return Element("ol", {"start": str(item.number)} if item.number != 1 else {})


def _place(item: _Item, levels: list[_Level]) -> bool:
    """Go to the list that `item` belongs to, opening one if need be. False if it begins a new block."""
    while len(levels) > 1 and item.indent < levels[-1].indent:
        levels.pop()
    numbered = item.number is not None
    deeper = item.indent >= levels[-1].indent + NESTED and len(levels) < MAX_LEVELS
    if not deeper and numbered == levels[-1].numbered:
        return True
    if not deeper:
        if len(levels) == 1:
            return False
        levels.pop()
    inner = _new_list(item)
    levels[-1].element[-1].append(inner)
    levels.append(_Level(item.indent, inner, numbered))
    return True


def _words(lines: list[str], at: int, item: _Item) -> tuple[int, str]:
    """Return the line after an item, and its words with those of the indented lines that follow."""
    words = [item.words]
    end = at + 1
    while end < len(lines) and lines[end].startswith(" " * NESTED) and _item(lines[end]) is None:
        words.append(lines[end].strip(" "))
        end += 1
    return end, "\n".join(words)


def _past_blank(lines: list[str], at: int) -> int:
    """Step over blank lines if the list goes on behind them."""
    end = at
    while end < len(lines) and not lines[end]:
        end += 1
    return end if end < len(lines) and _item(lines[end]) else at
