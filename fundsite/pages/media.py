"""Pictures under their public names. One that only reports with chosen readers show has none: they find it there.

What a draft shows is public as little as the draft itself. The rule is looked up in what is shown now, so it follows
at once when a report finds other readers.
"""

import re

from flask import Blueprint, Response, abort, make_response, send_file
from sqlalchemy import Text, cast, exists, or_, select

from fundsite import pictures
from fundsite.access import EDITOR, for_roles, public
from fundsite.campaigns.models import Campaign, NextGoal
from fundsite.db import db
from fundsite.rewards.models import Reward
from fundsite.site import Site
from fundsite.updates.models import EVERYONE, Update
from fundsite.updates.service import is_out, shows
from fundsite.web import YEAR

bp = Blueprint("media", __name__)

SHORT = 60  # seconds for which a picture of a report may be kept elsewhere: it may find other readers

# Where else a site shows pictures. What is kept as JSON is searched as text.
_PLACES = (
    Campaign.story_html,
    cast(Campaign.cover, Text),
    cast(Campaign.faq, Text),
    NextGoal.body_html,
    Reward.body_html,
    cast(Reward.image, Text),
    cast(Site.logo, Text),
)


def lifetime(key: str) -> int | None:
    """Return how many seconds a picture's public copy may be kept by anybody; None if it is not public."""
    if db.session.scalar(select(or_(*(exists().where(place.contains(key)) for place in _PLACES)))):
        return YEAR
    if db.session.scalar(select(exists().where(shows(key), *is_out(), Update.audience == EVERYONE))):
        return SHORT
    in_a_report = db.session.scalar(select(exists().where(shows(key))))
    return None if in_a_report else 0


@bp.get("/media/<name>")
@public
def picture(name: str) -> Response:
    """Serve a picture that everybody may see; its name is made of its content."""
    path = pictures.path_of(name)
    seconds = lifetime(_key(name)) if path else None
    if path is None or seconds is None:
        abort(404)
    response = make_response(send_file(path))
    response.headers["Cache-Control"] = f"public, max-age={seconds}" + (", immutable" if seconds == YEAR else "")
    return response


@bp.get("/staff/media/<name>")
@for_roles(EDITOR)
def for_staff(name: str) -> Response:
    """Serve any picture to those who write."""
    path = pictures.path_of(name)
    if path is None:
        abort(404)
    return make_response(send_file(path))


def _key(name: str) -> str:
    return re.split(r"[-.]", name, maxsplit=1)[0]
