"""Pictures: checked by content, stripped of what cameras add, stored under the hash of their bytes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """A picture ready for an `img` element. `srcset` offers the narrower copies; width and height reserve its room."""

    src: str
    srcset: str
    width: int
    height: int
    alt: str
