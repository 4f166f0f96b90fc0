"""An address in as many lines as a carrier has, none of them longer than it takes."""

import re
from collections.abc import Callable, Sequence

Size = Callable[[str], int]
_JOINED = re.compile(r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚー‐－―-]{2}")
_SPACES = " \u3000"


def address_lines(parts: Sequence[str], sizes: Sequence[int], size: Size) -> list[str] | None:
    """Return one line for each of `sizes`, empty ones at the end; None where the address does not fit.

    Each part begins a line of its own where there are lines enough, and else the parts follow each other. A part that
    is too long is broken where a person would: at a space, never within a number.
    """
    said = [part for part in parts if part]
    apart = _broken(said, sizes, size)
    return apart if apart is not None else _broken(["".join(said[:-1]) + " " + said[-1]], sizes, size) if said else []


def _broken(parts: Sequence[str], sizes: Sequence[int], size: Size) -> list[str] | None:
    lines: list[str] = []
    for part in parts:
        rest = part.strip(_SPACES)
        while rest:
            if len(lines) == len(sizes):
                return None
            end = _end(rest, sizes[len(lines)], size)
            lines.append(rest[:end].strip(_SPACES))
            rest = rest[end:].strip(_SPACES)
    return lines + [""] * (len(sizes) - len(lines))


def _end(text: str, most: int, size: Size) -> int:
    """Return after how many letters a line ends."""
    if size(text) <= most:
        return len(text)
    longest = next(end for end in range(len(text), 0, -1) if size(text[:end]) <= most or end == 1)
    for end in range(longest, longest // 2, -1):
        if text[end] in _SPACES or text[end - 1] in _SPACES:
            return end
    for end in range(longest, longest // 2, -1):
        if not _JOINED.fullmatch(text[end - 1 : end + 1]):
            return end
    return longest
