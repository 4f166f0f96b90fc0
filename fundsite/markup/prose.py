"""Text as it comes from forms, mails, PDFs and other people's pages, made ready for the parser."""

import html
import re

from fundsite.text import repair_lookalikes

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
_CHARACTERS = _SPACES | _LINE_ENDS | _NOTHING | {ord("\t"): "    "}

# The parser's time grows with the square of some signs. No letter holds as many; a hostile text does.
_MOST = dict.fromkeys(("[", "*", "_", "`", "<", "\\", "&", "@", "://"), 3_000) | {
    "\n": 7_000,
    "```": 200,
    "~~~": 200,
    "<!--": 200,
    "[^": 500,
}
_SWALLOWED = "script|style|template|textarea|title|svg|math|iframe|object|select|noscript|video|audio|xmp"
_BREAKING = (
    "address|article|aside|blockquote|body|center|dd|div|dl|dt|figcaption|figure|footer|form|h[1-6]|head|header"
    "|hr|html|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_OTHERS = (
    "abbr|base|bdo|big|button|cite|code|col|colgroup|details|embed|font|img|input|label|link|map|marquee|meta"
    "|nobr|o:p|option|picture|plaintext|q|samp|source|span|strike|tt|var|wbr"
)
_PASTED = re.compile(
    rf"""(?P<code>`[^`\n]+`)                                       # code stays as typed
    |<!--.*?-->
    |<[!?][a-z\[][^<>]{{0,2000}}>                                  # doctypes, instructions, conditions
    |<(?P<name>{_SWALLOWED})(?=[\s/>])[^<>]{{0,2000}}>.{{0,20000}}?</(?P=name)\s*>
    |<(?P<breaking>/?(?:{_BREAKING}))(?:[\s/][^<>]{{0,2000}})?>
    |</?(?:{_OTHERS}|{_SWALLOWED})(?:[\s/][^<>]{{0,2000}})?>""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def clean(text: str) -> str:
    """Return `text` without carriage returns, invisible characters, look-alikes and spaces at line ends."""
    plain = repair_lookalikes(text.replace("\r\n", "\n").translate(_CHARACTERS))
    return "\n".join(line.rstrip() for line in plain.split("\n")).strip("\n")


def is_absurd(text: str) -> bool:
    """Whether a text holds more signs than any person types: the parser would choke on it."""
    return any(text.count(sign) > most for sign, most in _MOST.items())


def unmarked(text: str) -> str:
    """Return a text as paragraphs of HTML that show it as typed."""
    blocks = [html.escape(block.strip("\n")) for block in text.split("\n\n")]
    return "\n".join(f"<p>{block}</p>".replace("\n", "<br>") for block in blocks if block)


def drop_pasted_html(text: str) -> str:
    """Take out the HTML that cannot be typed here. What only looks like a tag (`<株式会社>`, `<3`) stays."""
    return _PASTED.sub(lambda found: found["code"] or ("\n" if found["breaking"] else ""), text)
