"""Pictures of this site's store, as rows keep them: plain JSON, so that showing one asks nothing of anybody."""

import re
from dataclasses import asdict, replace
from pathlib import Path

from flask import current_app

from fundsite.db import JsonObject
from fundsite.media import PUBLIC_PATH, MediaStore, Picture, StoredPicture

FOR_STAFF = "/staff/media/"
BESIDE = "pictures/"  # the page that shows it: readers of what is not for everyone find its pictures there

_SOURCE = re.compile(r' (?:src|srcset)="[^"]*"')


def store() -> MediaStore:
    """Return the picture store of the running app."""
    found: MediaStore = current_app.extensions["fundsite.media"]
    return found


def as_row(stored: StoredPicture) -> JsonObject:
    """Return what a row keeps of a stored picture."""
    return {**asdict(stored), "widths": list(stored.widths)}


def _stored(row: JsonObject) -> StoredPicture:
    return StoredPicture(row["key"], row["width"], row["height"], tuple(row["widths"]), row["content_type"])


def picture_of(row: JsonObject | None, alt: str) -> Picture | None:
    """Return a row's picture for an `img` element."""
    return store().picture(_stored(row), alt) if row else None


def share_url(row: JsonObject | None) -> str | None:
    """Return the path of the copy for social networks."""
    return store().share_url(_stored(row)) if row else None


def path_of(public_name: str) -> Path | None:
    """Return the file behind a public name."""
    return store().path_of(public_name)


def moved(html: str, place: str) -> str:
    """Return rendered HTML whose pictures are fetched from `place`, which asks who may see them."""
    return _SOURCE.sub(lambda found: found[0].replace(PUBLIC_PATH, place), html)


def for_staff(picture: Picture | None) -> Picture | None:
    """Return a picture as the staff room shows it, whether or not it is public."""
    if picture is None:
        return None
    src, srcset = (value.replace(PUBLIC_PATH, FOR_STAFF) for value in (picture.src, picture.srcset))
    return replace(picture, src=src, srcset=srcset)
