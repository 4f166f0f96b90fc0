"""What a report offers beside its page: pictures, files, calendar files. Who may read the report may have them."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, make_response, send_file
from flask.typing import ResponseReturnValue

from fundsite.access import public
from fundsite.campaigns.present import absolute
from fundsite.settings import current_settings
from fundsite.updates.attachments import Found, offered, picture_beside
from fundsite.updates.calendar import as_download, event_file
from fundsite.updates.opening import Opening, to_everybody, to_follower, to_supporter
from fundsite.updates.service import NoSuchUpdate

bp = Blueprint("report_files", __name__)

SECONDS = 60  # for which a browser may keep what it has got: the report may find other readers
PLACES = (
    "/c/<slug>/updates/<int:number>/",
    "/pledges/<token>/updates/<int:number>/",
    "/pledges/<token>/updates/<slug>/<int:number>/",
    "/followers/<follower>/updates/<int:number>/",
)

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def beside_each_page(rest: str) -> Callable[[View], View]:
    """Give a view an address beside each page on which a report is read."""

    def routed(view: View) -> View:
        for place in PLACES:
            bp.get(place + rest)(view)
        return view

    return routed


@beside_each_page("pictures/<name>")
@public
def picture(number: int, name: str, **who: str) -> Response:
    """Serve a picture that a report shows."""
    opening = _opening(number, **who)
    return _kept(make_response(send_file(picture_beside(opening.update, name))), opening, who)


@beside_each_page("files/<name>")
@public
def file(number: int, name: str, **who: str) -> Response:
    """Serve a file that a report offers; parts of it too, so that a film can be begun in the middle."""
    opening = _opening(number, **who)
    return _kept(as_file(offered(opening.update, name)), opening, who)


@beside_each_page("events/<int:position>.ics")
@public
def event(number: int, position: int, **who: str) -> Response:
    """Give an event of a report to calendars. They are shared: the address in it is the public one."""
    opening = _opening(number, **who)
    update, host = opening.update, current_settings().host
    url = absolute(f"/c/{opening.campaign.slug}/updates/{number}/")
    text = event_file(update.body, position, f"update-{update.id}-{position}@{host}", url)
    return _kept(as_download(text), opening, who)


def as_file(found: Found) -> Response:
    """Answer with a file under its own name; what no page plays is saved, not opened."""
    return make_response(
        send_file(
            found.path, found.content_type, as_attachment=found.is_document, download_name=found.name, conditional=True
        )
    )


def _opening(number: int, slug: str = "", token: str = "", follower: str = "") -> Opening:
    """Find the report that is asked for by who asks; NoSuchUpdate where it is not open to them."""
    if follower:
        found = to_follower(follower, number)
    elif token:
        found = to_supporter(token, number, slug or None)
    else:
        found = to_everybody(slug, number)
    if not found.opened:
        raise NoSuchUpdate(str(number))
    return found


def _kept(response: Response, opening: Opening, who: dict[str, str]) -> Response:
    """Say who may keep an answer: anybody what is public, and otherwise the reader's own browser."""
    anybody = opening.update.is_public and set(who) == {"slug"}
    response.headers["Cache-Control"] = f"{'public' if anybody else 'private'}, max-age={SECONDS}"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
