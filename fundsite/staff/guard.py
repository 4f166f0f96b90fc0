"""The door: each view is public or for roles by declaration, and this holds every request against that."""

from flask import Flask, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response

from fundsite.access import PUBLIC
from fundsite.staff.sessions import COOKIE, member_of


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
            back = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("staff.sign_in", next=back), 303)
        if g.staff.role not in access:
            abort(403)
        request.max_content_length = getattr(view, "largest_request", None)
        return None
