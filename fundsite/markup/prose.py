"""Text as it comes from forms, mails, PDFs and other people's pages, made ready for reading line by line."""

from fundsite.markup.pasted import drop_pasted_html
from fundsite.text import repair_lookalikes

TAB = "    "

_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u202f"), " ")
_LINE_ENDS = dict.fromkeys(map(ord, "\r\x0b\x0c\x85\u2028\u2029"), "\n")
# Control characters, half surrogates, invisible marks and what turns the reading direction round. The
# zero-width joiner stays (emoji are joined with it), and so do variation selectors (names need them).
_NOTHING = dict.fromkeys(
    [
        *range(9),
        *range(0x0E, 0x20),
        *range(0x7F, 0x85),
        *range(0x86, 0xA0),
        *range(0xD800, 0xE000),
        *range(0xFDD0, 0xFDF0),
        *map(ord, "\u00ad\u061c\u200b\u200c\u200e\u200f\u2060\ufeff\ufffe\uffff"),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)
_CHARACTERS = _SPACES | _LINE_ENDS | _NOTHING | {ord("\t"): TAB}


def clean_lines(text: str) -> list[str]:
    """Split `text` into lines without carriage returns, invisible characters, look-alikes and pasted HTML."""
    plain = repair_lookalikes(text.replace("\r\n", "\n").translate(_CHARACTERS))
    return [line.rstrip() for line in drop_pasted_html(plain).split("\n")]
