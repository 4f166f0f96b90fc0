"""From what people wrote in a report to what its row keeps."""

from fundsite.campaigns.render import Stored, Values, finder, named
from fundsite.markup import plain, to_html
from fundsite.media import Picture

LEAD = 110


def body_values(body: str, stored: Stored) -> Values:
    """Return what a row keeps of a report's text: its HTML, its beginning, and the first picture that it shows."""
    seen: list[str] = []
    find = finder(stored)

    def noting(name: str) -> Picture | None:
        picture = find(name)
        if picture:
            seen.append(name)
        return picture

    body_html = to_html(body, pictures=noting).html
    return {
        "body": body,
        "body_html": body_html,
        "lead": plain(body_html, LEAD),
        "picture": named(seen[0], stored) if seen else None,
    }
