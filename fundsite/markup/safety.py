"""The second wall. The renderer makes only what is allowed; this makes sure of it."""

import re

import nh3

from fundsite.markup.links import REL, SCHEMES
from fundsite.markup.page import Page
from fundsite.markup.pasted import TYPED_ELEMENTS

HEADINGS = ("h2", "h3", "h4", "h5", "h6")
CELLS = ("th", "td")

TAGS = {
    *("a", "blockquote", "br", "code", "div", "figcaption", "figure", "hr", "img", "li", "ol", "p", "pre"),
    *("section", "span", "table", "tbody", "thead", "tr", "ul"),
    *CELLS,
    *HEADINGS,
    *TYPED_ELEMENTS,
}
ATTRIBUTES = {
    "a": {"href", "aria-label"},
    "img": {"src", "srcset", "width", "height", "alt"},
    "ol": {"start"},
    "li": {"id"},
    "sup": {"id"},
    "div": {"aria-label"},
    **{tag: {"id"} for tag in HEADINGS},
}
FIXED_VALUES = {
    "a": {"rel": {REL}},
    "img": {"loading": {"lazy"}, "decoding": {"async"}, "sizes": set[str]()},
    "div": {"tabindex": {"0"}, "role": {"region"}},
}
CLASSES = {
    "a": {"footnote-back"},
    "div": {"table-scroll"},
    "section": {"footnotes"},
    "span": {"missing-picture"},
    "sup": {"footnote-ref"},
    **{tag: {"align-right", "align-center"} for tag in CELLS},
}


def sanitise(html: str, page: Page, sizes: str) -> str:
    """Return `html` with nothing in it but what this module names, and ids that only a text may have."""
    own_id = re.compile(re.escape(page.id_prefix) + r"(?:h|fn|fnref)-[\w-]+")

    def keep(_tag: str, name: str, value: str) -> str | None:
        if name == "id":
            return value if own_id.fullmatch(value) else None
        if name in {"src", "srcset"}:
            return value if value in page.shown else None
        return value

    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=keep,
        tag_attribute_values=FIXED_VALUES | {"img": FIXED_VALUES["img"] | {"sizes": {sizes}}},
        allowed_classes=CLASSES,
        url_schemes=set(SCHEMES),
        link_rel=None,
    )
