"""The fonts that ship with the product, and which of them says a character."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent / "fonts"
FILES = {"regular": "NotoSansJP-Regular.ttf", "bold": "NotoSansJP-Bold.ttf", "latin": "NotoSans-Regular.ttf"}
UNKNOWN = "〓"
_COMBINED = re.compile("[^\n][\u0300-\u036f\u3099\u309a]+")
_VARIANT = re.compile("(.?)([\ufe00-\ufe0f\U000e0100-\U000e01ef]+)")


@cache
def advances(face: str) -> dict[int, float]:
    """Return what a font can say, each character with how far it moves the pen, in parts of the size."""
    with TTFont(FOLDER / FILES[face], lazy=True) as font:
        metrics, unit = font["hmtx"].metrics, font["head"].unitsPerEm
        return {code: metrics[glyph][0] / unit for code, glyph in font.getBestCmap().items()}


@lru_cache(maxsize=1 << 15)
def face_of(character: str, bold: bool) -> str:
    """Return the font that says a character, the wished one first; "" if none does."""
    code = ord(character)
    return next((face for face in (("bold",) if bold else ()) + ("regular", "latin") if code in advances(face)), "")


def advance(line: str, bold: bool) -> float:
    """Return how wide a sayable line is, in parts of the size."""
    return sum(advances(face_of(sign, bold))[ord(sign)] for sign in line)


def sayable(text: str) -> tuple[str, list[str]]:
    """Return the text as the fonts can say it, and what they cannot say.

    That is a 〓; of a variant that is chosen by a selector, such as 邉󠄀, the usual form is shown. Accents and voicing
    marks that stand by themselves are joined with their letters; nothing else is normalised, for names are not.
    """
    joined = _COMBINED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    lacking = [found[0] for found in _VARIANT.finditer(joined)]
    plain = _VARIANT.sub(r"\1", joined)
    unknown = {sign for sign in plain if sign != "\n" and not face_of(sign, bold=False)}
    return "".join(UNKNOWN if sign in unknown else sign for sign in plain), [*lacking, *sorted(unknown)]


def runs(text: str, bold: bool) -> Iterator[tuple[str, str]]:
    """Yield the parts of a sayable line, each with the font that says it."""
    for face, signs in groupby(text, lambda sign: face_of(sign, bold)):
        yield face, "".join(signs)
