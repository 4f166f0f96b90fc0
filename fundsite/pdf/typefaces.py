"""The fonts that ship with the product, and which of them says a character."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from itertools import groupby
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

FOLDER = Path(__file__).parent / "fonts"
FILES = {"regular": "NotoSansJP-Regular.ttf", "bold": "NotoSansJP-Bold.ttf", "latin": "NotoSans-Regular.ttf"}
UNKNOWN = "〓"
MADE = 3_600_000_000  # seconds since 1904: any time, as long as it is always the same
_COMBINED = re.compile("[^\n][\u0300-\u036f\u3099\u309a]+")
_VARIANT = re.compile("(.?)([\ufe00-\ufe0f\U000e0100-\U000e01ef]+)")


@dataclass(frozen=True)
class Face:
    """A font as it was read once: each letter's glyph and width, each glyph's outline as bytes."""

    name: str
    unit: int
    ascent: int
    descent: int
    weight: int
    glyphs: dict[int, str]
    widths: dict[str, int]
    bearings: dict[str, int]
    outlines: dict[str, bytes]


@cache
def _face(face: str) -> Face:
    with TTFont(FOLDER / FILES[face], lazy=True) as font:
        table, metrics = font["glyf"], font["hmtx"].metrics
        return Face(
            name=font["name"].getDebugName(6),
            unit=font["head"].unitsPerEm,
            ascent=font["hhea"].ascent,
            descent=font["hhea"].descent,
            weight=font["OS/2"].usWeightClass,
            glyphs=font.getBestCmap(),
            widths={name: metrics[name][0] for name in table.glyphs},
            bearings={name: metrics[name][1] for name in table.glyphs},
            outlines={name: getattr(glyph, "data", b"") for name, glyph in table.glyphs.items()},
        )


@cache
def advances(face: str) -> dict[int, float]:
    """Return what a font can say, each character with how far it moves the pen, in parts of the size."""
    one = _face(face)
    return {code: one.widths[glyph] / one.unit for code, glyph in one.glyphs.items()}


def font_of(face: str, letters: Iterable[str]) -> BytesIO:
    """Return a font file that holds these letters alone. The same letters make the same bytes."""
    one = _face(face)
    codes = sorted({ord(letter) for letter in letters} | {ord(" ")} & one.glyphs.keys())
    names = dict.fromkeys([".notdef", *(one.glyphs[code] for code in codes)])
    glyphs = {name: _glyph(one.outlines[name]) for name in names}
    builder = FontBuilder(one.unit, isTTF=True)
    builder.font.recalcTimestamp = False
    builder.updateHead(created=MADE, modified=MADE)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({code: one.glyphs[code] for code in codes})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (one.widths[name], one.bearings[name]) for name in glyphs})
    builder.setupHorizontalHeader(ascent=one.ascent, descent=one.descent)
    builder.setupNameTable({"familyName": one.name, "styleName": "", "fullName": one.name, "psName": one.name})
    builder.setupOS2(usWeightClass=one.weight, sCapHeight=one.ascent)
    builder.setupPost()
    out = BytesIO()
    builder.save(out)
    out.seek(0)
    return out


def _glyph(outline: bytes) -> Glyph:
    glyph = Glyph(outline)
    glyph.expand(None)  # none of ours is put together of others
    return glyph


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
