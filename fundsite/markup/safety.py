"""What a text may hold. Nothing else leaves this package, whatever the parser makes of a text."""

import re

import nh3

from fundsite.markup.pictures import SIZES

REL = "noopener nofollow"
# Elements that may be typed: they shape words and carry no attribute.
TYPED_ELEMENTS = (*("b", "strong", "i", "em", "u", "s", "del", "sub", "sup", "small", "mark", "ruby", "rt", "rp"),)

_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_TAGS = {
    *("a", "blockquote", "br", "code", "div", "figcaption", "figure", "hr", "img", "li", "ol", "p", "pre"),
    *("dd", "dl", "dt", "section", "span", "table", "tbody", "td", "th", "thead", "tr", "ul"),
    *("audio", "video"),
    *_HEADINGS,
    *TYPED_ELEMENTS,
}
_ATTRIBUTES = {
    "*": set[str](),  # nh3 would let `lang` and `title` through
    "a": {"href", "aria-label", "download"},
    "audio": {"src", "controls", "aria-label"},
    "video": {"src", "controls", "aria-label"},
    "img": {"src", "srcset", "width", "height", "alt"},
    "ol": {"start"},
    "li": {"id"},
    "sup": {"id"},
    "div": {"aria-label"},
    **{tag: {"id"} for tag in _HEADINGS},
}
_VALUES = {
    "a": {"rel": {REL}},
    "img": {"loading": {"lazy"}, "decoding": {"async"}, "sizes": {SIZES}},
    "div": {"tabindex": {"0"}, "role": {"region"}},
    "audio": {"preload": {"none"}},
    "video": {"preload": {"none"}},
}
_CLASSES = {
    "a": {"footnote-back", "footnote-ref"},
    "div": {"gallery", "table-scroll"},
    "section": {"event-card", "file-card", "film-card", "footnotes", "link-card"},
    "span": {"missing-picture"},
    "td": {"align-right", "align-center"},
    "th": {"align-right", "align-center"},
}


def sanitise(html: str, id_prefix: str, shown: set[str]) -> str:
    """Return `html` with nothing in it but what this module names, own ids and what is in `shown`."""
    own_id = re.compile(re.escape(id_prefix) + r"(?:h-[\w-]+|fn-\d+|fnref\d*-\d+)")

    def keep(_tag: str, name: str, value: str) -> str | None:
        if name == "id":
            return value if own_id.fullmatch(value) else None
        if name in {"src", "srcset"}:
            return value if value in shown else None
        return value

    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        tag_attribute_values=_VALUES,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    ).strip()
