"""Reads HTML as a browser would and says what must not be in it. Written apart from the code it watches."""

import re
from html.parser import HTMLParser

ELEMENTS = {
    *(
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "del",
        "div",
        "em",
        "figcaption",
        "figure",
        "h2",
        "h3",
        "h4",
        "h5",
    ),
    *(
        "h6",
        "hr",
        "i",
        "img",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "rp",
        "rt",
        "ruby",
        "s",
        "section",
        "small",
        "span",
    ),
    *("strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul"),
}
VOID = {"br", "hr", "img"}
ATTRIBUTES = {
    "a": {"href", "rel", "class", "aria-label"},
    "img": {"src", "srcset", "sizes", "width", "height", "alt", "loading", "decoding"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "span": {"class"},
    "section": {"class"},
    "sup": {"class", "id"},
    "ol": {"start"},
    "li": {"id"},
    "td": {"class"},
    "th": {"class"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
OWN_CLASSES = {
    *(
        "align-center",
        "align-right",
        "footnote-back",
        "footnote-ref",
        "footnotes",
        "missing-picture",
        "table-scroll",
    ),
}
SCHEME = re.compile(r"[\s\x00-\x20]*([^/?#:]*):")


class Reader(HTMLParser):
    """Collects elements, attributes and words, and what is wrong with them."""

    def __init__(self, prefix=""):
        super().__init__()
        self.prefix = prefix
        self.open = []
        self.elements = []
        self.words = []
        self.ids = []
        self.faults = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ELEMENTS:
            self.faults.append(f"element {tag}")
        if tag in {"p", "ul", "ol", "table", "figure", "div", "blockquote", "pre", "hr"} and "p" in self.open:
            self.faults.append(f"{tag} inside p")
        if tag == "a" and "a" in self.open:
            self.faults.append("link inside link")
        for name, value in attrs:
            self._judge(tag, name, value or "")
        if tag not in VOID:
            self.open.append(tag)

    def _judge(self, tag, name, value):
        if name not in ATTRIBUTES.get(tag, set()):
            self.faults.append(f"attribute {tag}[{name}]")
        if name == "class" and not set(value.split()) <= OWN_CLASSES:
            self.faults.append(f"class {value}")
        if name == "id":
            self.ids.append(value)
            if not re.fullmatch(re.escape(self.prefix) + r"(h|fn|fnref)-[\w-]+", value):
                self.faults.append(f"id {value}")
        scheme = SCHEME.match(value) if name in {"href", "src"} else None
        if scheme and (tag == "img" or scheme[1].lower() not in {"http", "https", "mailto", "tel"}):
            self.faults.append(f"{name} {value}")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"unbalanced {tag}")

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        self.faults.append(f"comment {data}")

    def handle_decl(self, decl):
        self.faults.append(f"declaration {decl}")

    def handle_pi(self, data):
        self.faults.append(f"instruction {data}")


def read(html, prefix=""):
    """Parse `html` to its end."""
    reader = Reader(prefix)
    reader.feed(html)
    reader.close()
    reader.faults += [f"unclosed {tag}" for tag in reader.open]
    reader.faults += [f"id twice: {name}" for name in set(reader.ids) if reader.ids.count(name) > 1]
    return reader


def words(html):
    """Return the text that a visitor sees."""
    return "".join(read(html).words)
