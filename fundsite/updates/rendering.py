"""From a report's Markdown to what its row keeps: rendered once, when it is saved."""

from typing import Any

from fundsite.campaigns.render import Stored, finder, named
from fundsite.markup import plain, to_html
from fundsite.media import Picture

LEAD = 110


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
