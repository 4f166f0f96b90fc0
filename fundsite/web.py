"""What every page needs from the framework: filters, hashed assets, who may see it, how it may be cached."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache, wraps
from hashlib import sha256
from typing import ParamSpec
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, make_response, request
from flask.typing import ResponseReturnValue

from fundsite.i18n import LOCALES, SOURCE_LOCALE, current_locale, gettext, ngettext
from fundsite.labels import audience, funding, payment_method, pledge_status, words
from fundsite.money import formatted
from fundsite.paths import PACKAGE
from fundsite.settings import current_settings

STATIC = PACKAGE / "static"
ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
YEAR = 365 * 24 * 3600
LARGEST_ID = 2**31 - 1

P = ParamSpec("P")


def month(value: date) -> str:
    """Write a month: 2022年5月."""
    english = f"{ENGLISH_MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月" if current_locale() == SOURCE_LOCALE else english


def day(value: date) -> str:
    """Write a day: 2022年4月17日."""
    english = f"{value.day} {ENGLISH_MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日" if current_locale() == SOURCE_LOCALE else english


def short_day(value: date) -> str:
    """Write a day as cards do: 4/17."""
    english = f"{value.day} {ENGLISH_MONTHS[value.month - 1]}"
    return f"{value.month}/{value.day}" if current_locale() == SOURCE_LOCALE else english


@cache
def _asset_version(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """Return the address of a file in static/, with its hash: it can be cached for good."""
    return f"/static/{name}?v={_asset_version(name)}"


def other_language() -> tuple[str, str]:
    """Return the locale that this page is not in, and this page's address there."""
    path = request.path + (f"?{request.query_string.decode(errors='replace')}" if request.query_string else "")
    other = next(name for name in LOCALES if name != current_locale())
    return other, path if other == current_settings().locale else f"/{other}{path}"


def install(app: Flask, zone: ZoneInfo) -> None:
    """Give templates their filters and words; moments are shown in `zone`."""

    def local(value: date) -> date:
        return value.astimezone(zone) if isinstance(value, datetime) else value

    def moment(value: datetime) -> str:
        at = value.astimezone(zone)
        return f"{day(at)} {at:%H:%M}"

    refuse_unsayable(app)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(
        money=formatted,
        number=lambda value: f"{value:,}",
        month=lambda value: month(local(value)),
        day=lambda value: day(local(value)),
        short_day=lambda value: short_day(local(value)),
        moment=moment,
        iso=lambda value: value.isoformat(),
    )
    app.jinja_env.globals.update(
        asset=asset,
        words=words,
        pledge_status=pledge_status,
        payment_method_label=payment_method,
        funding_label=funding,
        audience_label=audience,
        locale=current_locale,
        other_language=other_language,
    )


def refuse_unsayable(app: Flask) -> None:
    """Answer an address with a NUL in it before a database is asked: PostgreSQL can hold none."""

    @app.before_request
    def check() -> None:
        if "\x00" in request.path or any("\x00" in value for value in request.args.values()):
            abort(404)


def asked_number(name: str) -> int | None:
    """Return a number from the query; None where there is none that a database column could hold."""
    value = request.args.get(name, type=int)
    return value if value is not None and 0 <= value <= LARGEST_ID else None


def cached(view: Callable[P, ResponseReturnValue]) -> Callable[P, Response]:
    """Let anything cache this page for a second, and spare whoever has it already from loading it again."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        response = make_response(view(*args, **kwargs))
        response.cache_control.public = True
        response.cache_control.max_age = 1
        response.add_etag()
        response.make_conditional(request)
        return response

    return answer
