"""Language: Japanese is the source of every wording, other languages are catalogues of translations.

A catalogue is `translations/<locale>.po`, read as it stands: nothing is compiled, nothing can be stale.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from fundsite.paths import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SOURCE_LOCALE = "ja"
LOCALES = (SOURCE_LOCALE, "en")
ENVIRON_KEY = "fundsite.locale"

_locale: ContextVar[str] = ContextVar("locale", default=SOURCE_LOCALE)


@cache
def _catalogue(locale: str) -> NullTranslations:
    if locale == SOURCE_LOCALE:
        return NullTranslations()
    compiled = BytesIO()
    with (PACKAGE / "translations" / f"{locale}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale))
    compiled.seek(0)
    return GNUTranslations(compiled)


def current_locale() -> str:
    """Return the locale in which words are to be written now."""
    return _locale.get()


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Write words in `locale` within the block; an unknown one falls back to Japanese."""
    mark = _locale.set(locale if locale in LOCALES else SOURCE_LOCALE)
    try:
        yield
    finally:
        _locale.reset(mark)


def gettext(message: str) -> str:
    """Return `message` in the current locale."""
    return _catalogue(_locale.get()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the form for `count` in the current locale."""
    return _catalogue(_locale.get()).ngettext(singular, plural, count)


def language_prefix(application: "WSGIApplication", default: str) -> "Callable[..., Iterable[bytes]]":
    """Wrap a WSGI application so that `/en/…` serves the same pages in English.

    The prefix becomes the script name, so every link that the application makes stays within the language.
    """

    def wrapped(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        path = environ.get("PATH_INFO", "")
        locale = next((name for name in LOCALES if path.startswith(f"/{name}/")), None)
        if locale is not None and locale != default:
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{locale}"
            environ["PATH_INFO"] = path[len(locale) + 1 :]
        environ[ENVIRON_KEY] = locale or default
        with speaking(environ[ENVIRON_KEY]):
            return application(environ, start_response)

    return wrapped
