"""Where a link may lead, and how an address reads."""

import html
import re
from urllib.parse import unquote, urlsplit

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
REL = "noopener nofollow"

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.\-]*):")
_UNSEEN = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029]+")
_CLOSERS = {")": "(", "]": "["}


def safe_href(typed: str) -> str | None:
    """Return the address a person meant, or None if a link must not lead there."""
    address = _UNSEEN.sub(lambda found: "%20" if set(found[0]) == {" "} else "", html.unescape(typed).strip())
    if address.startswith("//"):
        address = f"https:{address}"
    if not address or "\\" in address:
        return None
    scheme = _SCHEME.match(address)
    if scheme is None:
        return address if ":" not in address.split("/")[0] or address.startswith(("#", "?")) else None
    return address if scheme[1].lower() in SCHEMES and _is_whole(address) else None


def _is_whole(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.netloc) if parts.scheme in {"http", "https"} else bool(parts.path)


def is_external(href: str) -> bool:
    """Whether an address leaves the site (or says so: the site's own full address counts as well)."""
    return href.lower().startswith(("http:", "https:"))


def trim_url(url: str) -> str:
    """Cut off what belongs to the sentence around a bare address: punctuation and closing brackets."""
    while url:
        last = url[-1]
        if last in ".,;:!?'([" or (last in _CLOSERS and url.count(last) > url.count(_CLOSERS[last])):
            url = url[:-1]
        else:
            break
    return url


def readable(url: str) -> str:
    """Show `%E6%94%AF%E6%8F%B4` as the words it stands for, where it stands for words."""
    words = unquote(url, errors="replace")
    return words if words.isprintable() and "\ufffd" not in words and " " not in words else url
