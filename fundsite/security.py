"""Headers that keep a page from doing what it was not meant to do."""

from flask import Flask, Response, g, request

from fundsite.settings import Settings

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "media-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# A mail as it will look, in a frame of the page on which it is written: mails carry their styles in their elements.
FRAMED = {"style-src": "'unsafe-inline'", "script-src": "'none'", "frame-ancestors": "'self'"}
# Their addresses hold tokens, or their forms a cookie.
PRIVATE = {"reading", "followers", "stopping", "promises", "monthly", "delivery", "supporters"}
PRIVATE |= {"room_receipts", "mailed_receipts"}
WITH_TOKENS = (
    "/pledges/",
    "/receipts/",
    "/followers/",
    "/follow/",
    "/mail/",
)  # what is told of such an address is only the host
HSTS = "max-age=31536000; includeSubDomains"


def allow(sources: dict[str, str]) -> None:
    """Let the page that is being made load more than others may: directives with what is added to each."""
    g.more_sources = sources


def _with_more(policy: dict[str, str]) -> dict[str, str]:
    more: dict[str, str] = g.get("more_sources", {})
    return policy | {name: f"{policy.get(name, '')} {sources}".strip() for name, sources in more.items()}


def install(app: Flask, settings: Settings) -> None:
    """Send the headers with every answer."""
    # The checkout page is reached by a redirect after a form was sent, and may stand on any host that the payment
    # service uses; browsers hold redirects of a form against form-action too.
    checkout = "'self' https:" if settings.is_https else "'self' https: http:"

    @app.after_request
    def protect(response: Response) -> Response:
        policy = dict(POLICY)
        at_checkout = request.blueprint in {"pledges", "room"}
        private = at_checkout or request.blueprint in PRIVATE or request.path.startswith("/staff/")
        if at_checkout:
            policy["form-action"] = checkout
        if private:
            response.headers["Cache-Control"] = "no-store"
        if request.endpoint == "pages.embed":
            policy["frame-ancestors"] = "*"
        if request.blueprint == "reports":
            policy |= FRAMED if request.endpoint == "reports.letter" else {"frame-src": "'self'"}
        policy = _with_more(policy)
        response.headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = _referrer(private=private)
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if settings.is_https:
            response.headers["Strict-Transport-Security"] = HSTS
        return response


def _referrer(*, private: bool) -> str:
    """Say what browsers tell the next page of this one: of an address with a token in it never more than the host."""
    if request.path.startswith(WITH_TOKENS):
        return "strict-origin"
    return "same-origin" if private else "strict-origin-when-cross-origin"
