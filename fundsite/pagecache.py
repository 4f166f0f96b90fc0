"""Public pages answered before Flask: rendered once per state of the database, kept as bytes, also compressed.

Only what says of itself that anything may cache it comes in here. A page is shown again without rendering while the
database has not changed, and for at most a moment afterwards; one request renders anew, the others do not wait.
"""

import gzip
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from werkzeug.http import parse_dict_header, parse_etags

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOMENT = 0.2  # seconds for which a page may be shown after the database has changed
LONGEST = 20.0  # seconds after which "3 hours left" must be looked at again, changed or not
LARGEST = 2 * 1024 * 1024
MEMORY = 64 * 1024 * 1024
WORTH_COMPRESSING = 500
COMPRESSIBLE = ("text/", "application/json", "application/xml", "application/atom+xml", "image/svg+xml")
FOR_GOOD = 24 * 3600  # a page that may be kept longer than this never changes under its address
NOT_REPEATED = {"content-length", "content-encoding", "date", "connection"}

Headers = list[tuple[str, str]]
Mark = Callable[[], object]


@dataclass
class _Page:
    headers: Headers
    bodies: dict[str, bytes]
    etag: str
    for_good: bool
    mark: object
    made_at: float
    size: int
    renewing: threading.Lock = field(default_factory=threading.Lock)

    def is_fresh(self, mark: object, now: float) -> bool:
        age = now - self.made_at
        return self.for_good or age < MOMENT or (self.mark == mark and age < LONGEST)


class PageCache:
    """Wraps a WSGI application. `mark` returns something that differs whenever the database has changed."""

    def __init__(self, application: "WSGIApplication", mark: Mark) -> None:
        """Nothing is cached yet."""
        self._application, self._mark = application, mark
        self._pages: OrderedDict[tuple[str, ...], _Page] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer from memory where that is right, else ask the application."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or "HTTP_RANGE" in environ:
            return self._application(environ, start_response)
        key = (environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""))
        page = self._pages.get(key)
        if page is not None:
            if page.is_fresh(self._mark(), time.monotonic()) or not page.renewing.acquire(blocking=False):
                return _answer(page, environ, start_response)
            try:
                return self._render(key, environ, start_response)
            finally:
                page.renewing.release()
        return self._render(key, environ, start_response)

    def _render(
        self, key: tuple[str, ...], environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Have the application answer a plain GET, keep what may be kept, and give the visitor their part of it."""
        mark = self._mark()  # before the page reads anything: a change meanwhile makes it stale at once
        plain = {**environ, "REQUEST_METHOD": "GET"}
        for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_ACCEPT_ENCODING"):
            plain.pop(name, None)
        parts = _Answer(self._application, plain)
        if not parts.may_be_kept():
            self._forget(key)
            return parts.passed_on(environ, start_response)
        page = _page(parts.headers, parts.body(), mark)
        self._keep(key, page)
        return _answer(page, environ, start_response)

    def _keep(self, key: tuple[str, ...], page: _Page) -> None:
        with self._lock:
            self._drop(key)
            self._pages[key] = page
            self._size += page.size
            while self._size > MEMORY:
                self._drop(next(iter(self._pages)))

    def _forget(self, key: tuple[str, ...]) -> None:
        with self._lock:
            self._drop(key)

    def _drop(self, key: tuple[str, ...]) -> None:
        old = self._pages.pop(key, None)
        self._size -= old.size if old else 0


class _Answer:
    """What an application answers: its headers at once, its body when it is asked for."""

    def __init__(self, application: "WSGIApplication", environ: "WSGIEnvironment") -> None:
        said: list[tuple[str, Headers]] = []

        def start_response(status: str, headers: Headers, _error: object = None) -> Callable[[bytes], object]:
            said.append((status, headers))
            return lambda _data: None

        self._parts = application(environ, start_response)
        self.status, self.headers = said[-1]

    def may_be_kept(self) -> bool:
        """Whether anybody may see it again, and it is not a film."""
        named = {name.lower(): value for name, value in self.headers}
        small = int(named.get("content-length", LARGEST + 1)) <= LARGEST
        return self.status.startswith("200") and small and "public" in _control(named) and "set-cookie" not in named

    def body(self) -> bytes:
        """Return the whole body."""
        try:
            return b"".join(self._parts)
        finally:
            self._close()

    def passed_on(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Give it to the visitor piece by piece."""
        start_response(self.status, self.headers)
        if environ["REQUEST_METHOD"] != "HEAD":
            return self._parts
        self._close()
        return []

    def _close(self) -> None:
        if hasattr(self._parts, "close"):
            self._parts.close()


def _control(named: dict[str, str]) -> dict[str, str | None]:
    """Return what a Cache-Control header says."""
    return parse_dict_header(named.get("cache-control", ""))


def _page(headers: Headers, body: bytes, mark: object) -> _Page:
    named = {name.lower(): value for name, value in headers}
    bodies = {"": body}
    if len(body) > WORTH_COMPRESSING and named.get("content-type", "").startswith(COMPRESSIBLE):
        bodies["gzip"] = gzip.compress(body, 6, mtime=0)
    etag = sha256(body).hexdigest()[:20]
    kept = [(name, value) for name, value in headers if name.lower() not in NOT_REPEATED | {"etag"}]
    kept += [("ETag", f'W/"{etag}"'), ("Vary", "Accept-Encoding")]
    lifetime = _control(named).get("max-age") or "0"
    return _Page(
        headers=kept,
        bodies=bodies,
        etag=etag,
        for_good=int(lifetime) > FOR_GOOD,
        mark=mark,
        made_at=time.monotonic(),
        size=sum(map(len, bodies.values())) + 2048,
    )


def _answer(page: _Page, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and parse_etags(known).contains_weak(page.etag):
        start_response("304 NOT MODIFIED", page.headers)
        return []
    encoding = "gzip" if "gzip" in page.bodies and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "") else ""
    body = page.bodies[encoding]
    headers = [*page.headers, ("Content-Length", str(len(body)))]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    start_response("200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
