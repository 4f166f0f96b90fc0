"""What is gathered while one text is rendered. Each call has its own, so that nothing is left over."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree.ElementTree import Element

from fundsite.media import Picture

Pictures = Callable[[str], Picture | None]

_NOT_SLUG = re.compile(r"[\W_]+")
_LONGEST_SLUG = 60


class Heading(NamedTuple):
    """A heading of the text: the anchor `id` stands in its HTML; `level` is 2 for the highest."""

    id: str
    text: str
    level: int


@dataclass
class Page:
    """The state of one rendering."""

    pictures: Pictures
    id_prefix: str = ""
    headings: list[Heading] = field(default_factory=list)
    # Elements with the text they will hold: blocks come first, words are read when all blocks are known.
    pending: list[tuple[Element, str]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    cited: dict[str, tuple[int, int]] = field(
        default_factory=dict
    )  # label of a note → its number, times referred to
    order: list[str] = field(default_factory=list)  # labels in the order of their numbers
    next_number: int = 1  # with which an interrupted numbered list goes on
    anchors: dict[str, str] = field(default_factory=dict)  # what people call a heading → its id
    shown: set[str] = field(default_factory=set)  # src and srcset of the pictures that were resolved
    _taken: dict[str, int] = field(default_factory=dict)

    def heading_id(self, text: str) -> str:
        """Give a heading its id: readable, unique on the page, and never one that the page itself uses."""
        slug = _NOT_SLUG.sub("-", unicodedata.normalize("NFKC", text).lower()).strip("-")[:_LONGEST_SLUG]
        slug = slug.strip("-") or "section"
        unique = slug
        while unique in self._taken:
            self._taken[slug] += 1
            unique = f"{slug}-{self._taken[slug]}"
        self._taken[unique] = 1
        self.anchors[unique] = anchor = f"{self.id_prefix}h-{unique}"
        return anchor

    def cite(self, label: str) -> tuple[int, int]:
        """Refer to a note: return its number (the order of first reference) and how often it was cited."""
        if label not in self.cited:
            self.order.append(label)
        number, times = self.cited.get(label, (len(self.order), 0))
        self.cited[label] = number, times + 1
        return number, times + 1
