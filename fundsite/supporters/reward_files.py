"""A reward that is a file, behind the private link of whom it was sent to."""

from flask import Blueprint, Response, abort

from fundsite.access import public
from fundsite.fulfilment.reward_mail import file_for
from fundsite.supporters.room import opened
from fundsite.updates.reading_files import as_file

bp = Blueprint("reward_files", __name__, url_prefix="/pledges/<token>/rewards")


@bp.get("/<int:batch>/")
@public
def file(token: str, batch: int) -> Response:
    """Give the file; parts of it too, so that a film can be begun in the middle."""
    found = file_for(opened(token).id, batch)
    if found is None:
        abort(404)
    response = as_file(found)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
