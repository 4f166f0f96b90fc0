"""From what people wrote about a campaign to what its row keeps: Markdown rendered once, when it is saved."""

from collections.abc import Callable
from typing import Any

from fundsite import pictures
from fundsite.db import JsonObject, JsonRows
from fundsite.markup import to_html
from fundsite.media import Picture

IN_CONTENTS = 2  # the level of the headings that the table of contents lists

Values = dict[str, Any]
Stored = dict[str, JsonObject]


def finder(stored: Stored) -> Callable[[str], Picture | None]:
    """Return what finds a text's picture by the name that it uses."""

    def find(name: str) -> Picture | None:
        return pictures.picture_of(stored.get(name), "")

    return find


def named(name: str, stored: Stored) -> JsonObject | None:
    """Return a stored picture with the name that texts use for it."""
    return {"name": name, **stored[name]} if name else None


def story_values(story: str, stored: Stored) -> Values:
    """Return what a row keeps of a story."""
    rendered = to_html(story, pictures=finder(stored))
    contents = [heading for heading in rendered.headings if heading.level == IN_CONTENTS]
    return {
        "story": story,
        "story_html": rendered.html,
        "headings": [{"id": heading.id, "text": heading.text} for heading in contents],
    }


def thanks_values(thanks: str) -> Values:
    """Return what a row keeps of the words of thanks."""
    return {"thanks": thanks, "thanks_html": to_html(thanks).html}


def faq_rows(rows: JsonRows, stored: Stored) -> JsonRows:
    """Return questions with their answers rendered."""
    find = finder(stored)
    return [
        {**row, "answer_html": to_html(row["answer"], pictures=find, id_prefix=f"faq{number}-").html}
        for number, row in enumerate(rows, 1)
    ]


def next_goal_values(amount: int, title: str, body: str, stored: Stored) -> Values:
    """Return the values of a next goal's row."""
    return {
        "amount": amount,
        "title": title,
        "body": body,
        "body_html": to_html(body, pictures=finder(stored), id_prefix=f"goal{amount}-").html,
    }
