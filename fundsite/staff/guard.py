"""The door: each view is public or for roles by declaration, and this holds every request against that."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from fundsite.access import PUBLIC
from fundsite.staff.sessions import COOKIE, member_of

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def before_codes(view: View) -> View:
    """Declare that a view answers also those who have yet to set up the codes that everybody is asked for."""
    view.before_codes = True  # type: ignore[attr-defined]
    return view


def install(app: Flask) -> None:
    """Deny by default."""

    @app.before_request
    def check() -> Response | None:
        view = app.view_functions.get(request.endpoint or "")
        if view is None or request.endpoint == "static":
            return None
        access = getattr(view, "access", None)
        if access == PUBLIC:
            return None
        if access is None:
            abort(403)
        g.staff = member_of(request.cookies.get(COOKIE, ""))
        if g.staff is None:
            return redirect(url_for("staff.sign_in", next=_here()), 303)
        if g.staff.lacks_codes and not getattr(view, "before_codes", False):
            return redirect(url_for("account.set_up_codes", next=_here()), 303)
        if g.staff.role not in access:
            abort(403)
        request.max_content_length = getattr(view, "largest_request", None)
        return None


def _here() -> str | None:
    """Return the page to come back to."""
    return request.root_path + request.full_path.rstrip("?") if request.method == "GET" else None


def safe_next(address: str | None) -> str:
    """Return a page of the staff room: a foreign address that somebody slipped in is not followed."""
    home = url_for("staff.home")
    return address if address and address.startswith(home) and "\\" not in address else home
