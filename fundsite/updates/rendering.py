"""From a report's Markdown to what its row keeps: rendered once, when it is saved."""

from collections.abc import Callable
from typing import Any

from fundsite import pictures
from fundsite.db import JsonObject
from fundsite.markup import plain, to_html
from fundsite.media import Picture

LEAD = 110
Stored = dict[str, JsonObject]


def finder(stored: Stored) -> Callable[[str], Picture | None]:
    """Return what finds a text's picture by the name that it uses."""

    def find(name: str) -> Picture | None:
        return pictures.picture_of(stored.get(name), "")

    return find


def named(name: str, stored: Stored) -> JsonObject | None:
    """Return a stored picture with the name that the file uses for it."""
    return {"name": name, **stored[name]} if name else None


def rendered(body: str, stored: Stored) -> dict[str, Any]:
    """Return the HTML of a report's text, its lead, and its first picture."""
    seen: list[str] = []
    find = finder(stored)

    def noting(name: str) -> Picture | None:
        picture = find(name)
        if picture:
            seen.append(name)
        return picture

    body_html = to_html(body, pictures=noting, blocks=True).html
    return {
        "body_html": body_html,
        "lead": plain(body_html, LEAD),
        "picture": named(seen[0], stored) if seen else None,
    }
