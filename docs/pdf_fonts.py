"""Make the fonts of the PDF files anew: `python docs/pdf_fonts.py FOLDER`, the downloaded fonts in FOLDER.

They are Noto Sans JP (Regular, Bold) and Noto Sans (Regular), under the SIL Open Font License, as the npm packages
`@expo-google-fonts/noto-sans-jp` and `@expo-google-fonts/noto-sans` hold them. Kept is what people in Japan write:
JIS X 0213 and CP932 in Regular, CP932 in Bold, and from Noto Sans the European letters that Noto Sans JP lacks.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

TARGET = Path(__file__).parent.parent / "fundsite" / "pdf" / "fonts"
ALWAYS = {*range(0x20, 0x3400), *range(0xFE00, 0x10000), *map(ord, "𠮷髙﨑")}
NO_LAYOUT = ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "STAT"]


def writable(*encodings: str) -> set[int]:
    """Return the code points that one of the encodings can say."""
    return {code for code in range(0x80, 0x30000) if any(chr(code).encode(name, "ignore") for name in encodings)}


def make(source: Path, target: str, kept: set[int]) -> None:
    """Write the part of a font that holds `kept`; its characters only, for a PDF needs no rules of layout."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(layout_features=[], hinting=False, name_IDs=["*"], notdef_outline=True)
    options.drop_tables += NO_LAYOUT
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=set(font.getBestCmap()) & kept)
    cutter.subset(font)
    make_whole(font)
    font.save(TARGET / target)
    print(target, (TARGET / target).stat().st_size)


def make_whole(font: TTFont) -> None:
    """Draw out the letters that are put together of others, so that each stands for itself."""
    glyphs, table = font.getGlyphSet(), font["glyf"]
    for name in [name for name in table.keys() if table[name].isComposite()]:  # noqa: SIM118 - not a dict
        whole, pen = DecomposingRecordingPen(glyphs), TTGlyphPen(None)
        glyphs[name].draw(whole)
        whole.replay(pen)
        table[name] = pen.glyph()


def main(folder: Path) -> None:
    """Make the three."""
    regular = folder / "NotoSansJP_400Regular.ttf"
    japanese = set(TTFont(regular).getBestCmap())
    make(regular, "NotoSansJP-Regular.ttf", writable("shift_jis_2004", "cp932") | ALWAYS)
    make(folder / "NotoSansJP_700Bold.ttf", "NotoSansJP-Bold.ttf", writable("cp932") | ALWAYS)
    make(folder / "NotoSans_400Regular.ttf", "NotoSans-Regular.ttf", set(range(0xA0, 0x2200)) - japanese)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
