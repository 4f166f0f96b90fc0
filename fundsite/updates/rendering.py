"""From a report's Markdown to what its row keeps: rendered once, when it is saved."""

from typing import Any
from urllib.parse import quote

from fundsite.campaigns.render import Stored, finder, named
from fundsite.markup import Rendered, plain, to_html
from fundsite.markup.pictures import Files
from fundsite.media import File, Picture
from fundsite.media.files import BY_TYPE

LEAD = 110
FILES = "files/"  # what the names of files begin with, and their addresses beside the report's page


def offers(body: str, name: str) -> bool:
    """Whether a report's text leads to the file of that name."""
    return f"({name})" in body


def pictures_among(stored: Stored) -> Stored:
    """Return the pictures of what a campaign's texts may show."""
    return {name: row for name, row in stored.items() if not name.startswith(FILES)}


def file_finder(stored: Stored) -> Files:
    """Return what finds a file by the name that a text uses."""

    def find(name: str) -> File | None:
        row = stored.get(name) if name.startswith(FILES) else None
        return File(quote(name), BY_TYPE[row["content_type"]], row["size"]) if row else None

    return find


def shown(body: str, stored: Stored) -> Rendered:
    """Render a report's text with the pictures and files that there are."""
    return to_html(body, pictures=finder(pictures_among(stored)), files=file_finder(stored), blocks=True)


def rendered(body: str, stored: Stored) -> dict[str, Any]:
    """Return the HTML of a report's text, its lead, and its first picture."""
    seen: list[str] = []
    pictures = pictures_among(stored)
    find = finder(pictures)

    def noting(name: str) -> Picture | None:
        picture = find(name)
        if picture:
            seen.append(name)
        return picture

    body_html = to_html(body, pictures=noting, files=file_finder(stored), blocks=True).html
    return {
        "body_html": body_html,
        "lead": plain(body_html, LEAD),
        "picture": named(seen[0], pictures) if seen else None,
    }
