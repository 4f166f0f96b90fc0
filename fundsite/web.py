"""What every page needs from the framework: filters, hashed assets, security headers."""

from datetime import date, datetime
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import request

from fundsite.i18n import current_locale, gettext, ngettext
from fundsite.labels import funding, pledge_status, words
from fundsite.money import formatted
from fundsite.paths import PACKAGE

if TYPE_CHECKING:
    from flask import Flask

STATIC = PACKAGE / "static"
_ENGLISH_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def month(value: date) -> str:
    """Write a month: 2022年5月."""
    return f"{value.year}年{value.month}月" if current_locale() == "ja" else f"{_ENGLISH_MONTHS[value.month - 1]} {value.year}"


def day(value: date) -> str:
    """Write a day: 2022年4月17日."""
    if current_locale() == "ja":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_ENGLISH_MONTHS[value.month - 1]} {value.year}"


def short_day(value: date) -> str:
    """Write a day as cards do: 4/17."""
    return f"{value.month}/{value.day}"


@cache
def _asset_version(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """Return the address of a file in static/, with its hash: it can be cached for good."""
    return f"/static/{name}?v={_asset_version(name)}"


def install(app: "Flask", zone: ZoneInfo) -> None:
    """Give templates their filters and words. Datetimes are shown in `zone`."""

    def local(value: date) -> date:
        return value.astimezone(zone) if isinstance(value, datetime) else value

    def moment(value: datetime) -> str:
        at = value.astimezone(zone)
        return f"{day(at)} {at:%H:%M}"

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
        asset=asset, words=words, pledge_status=pledge_status, funding_label=funding, locale=current_locale
    )


def other_language() -> tuple[str, str]:
    """Return the locale that this page is not in, and this page's address there."""
    path = request.path + (f"?{request.query_string.decode()}" if request.query_string else "")
    return ("en", f"/en{path}") if current_locale() == "ja" else ("ja", path)
