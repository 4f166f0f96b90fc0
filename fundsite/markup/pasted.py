"""HTML that people paste from mails, blogs and office programs: its words stay, most of the rest goes."""

import re

# Elements that may be typed: they shape words and carry no attribute.
TYPED_ELEMENTS = (
    "b",
    "strong",
    "i",
    "em",
    "u",
    "s",
    "del",
    "sub",
    "sup",
    "small",
    "mark",
    "ruby",
    "rt",
    "rp",
)


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Elements whose content is not prose: it goes with them.
_WITH_CONTENT = _names("""
    applet audio canvas frameset head iframe map math noembed noframes noscript object script select style svg
    template textarea title video xmp
""")
# Elements that begin or end a line.
_BREAKING = _names("""
    address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody td tfoot th thead
    tr ul
""")
_OTHERS = _names("""
    abbr acronym area base basefont bdi bdo bgsound big blink button caption cite code col colgroup command
    data datalist dfn dialog dir embed font frame hgroup image img input ins isindex kbd keygen label link
    listing marquee menu meta meter nobr optgroup option output param picture plaintext portal progress q rb
    rtc samp search slot source span strike time track tt var wbr
""")
_DROPPED = _WITH_CONTENT | _BREAKING | _OTHERS

_PASTED = re.compile(
    r"""(?P<code>`[^`\n]+`                                                 # code stays as typed
        |(?m:^)[ ]{0,3}(?P<ticks>`{3,})[^`\n]*\n(?s:.*?)(?m:^[ ]{0,3}(?P=ticks)`*[ ]*$|\Z))
    |(?P<comment><!--)
    |<[!?][A-Za-z\[][^<>]{0,2000}>                     # doctypes, instructions, conditions
    |<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]{0,20})(?P<rest>[\s/][^<>]{0,4000})?>""",
    re.VERBOSE,
)


def drop_pasted_html(text: str) -> str:
    """Take out the HTML that cannot be typed here. What only looks like a tag (`<株式会社>`, `<3`) stays."""
    kept: list[str] = []
    absent: set[str] = set()
    position = 0
    while match := _PASTED.search(text, position):
        instead, end = _instead_of(match, text, absent)
        kept += (text[position : match.start()], instead)
        position = end
    return "".join([*kept, text[position:]])


def _instead_of(match: re.Match[str], text: str, absent: set[str]) -> tuple[str, int]:
    """Say what stands in place of a match, and where reading goes on."""
    if match["code"]:
        return match[0], match.end()
    if match["comment"]:
        return _skip(text, match.end(), "-->", absent) or (match[0], match.end())
    if match["name"] is None:
        return "", match.end()
    name = match["name"].lower()
    if name in _WITH_CONTENT and not match["close"]:
        return _skip(text, match.end(), f"</{name}", absent) or ("", match.end())
    if name not in _DROPPED:
        return _plain_tag(match, name), match.end()
    return ("\n" if name in _BREAKING else ""), match.end()


def _plain_tag(match: re.Match[str], name: str) -> str:
    """Return a typed element without its attributes, and anything else as it was."""
    return f"<{match['close']}{name}>" if name in TYPED_ELEMENTS else match[0]


def _skip(text: str, start: int, mark: str, absent: set[str]) -> tuple[str, int] | None:
    """Go past the next `mark`. One that was missed is not looked for again: that would be slow."""
    if mark in absent:
        return None
    found = re.compile(re.escape(mark) + ("" if mark == "-->" else r"[^<>]*>?"), re.IGNORECASE).search(
        text, start
    )
    if found is None:
        absent.add(mark)
        return None
    return "", found.end()
