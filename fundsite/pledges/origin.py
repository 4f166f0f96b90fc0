"""Where a supporter came from, in four short words: no cookie, no third party, nothing about the person.

The landing page's address is kept by the browser's own tab (origin.js) and told with the form. Without scripts what
the form's address and its referrer say is taken.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from wtforms import HiddenField

from fundsite import text

UTM = ("utm_source", "utm_medium", "utm_campaign")
ORIGIN = (*UTM, "referrer_host")
LONGEST = 100
_HOST = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")


def word(typed: str | None) -> str:
    """Return what can be kept of a utm word: one printable line of at most 100 characters."""
    printable = "".join(sign for sign in text.line(typed or "") if sign.isprintable())
    return printable[:LONGEST].strip()


def host(typed: str | None) -> str:
    """Return a host's name without www, or nothing for what is none."""
    name = (typed or "").strip().lower().rstrip(".").removeprefix("www.")
    return name if len(name) <= LONGEST and _HOST.fullmatch(name) else ""


def origin_fields() -> dict[str, Any]:
    """Return the hidden fields in which a form carries its origin; what is unfit is dropped, never complained of."""
    return {name: HiddenField(filters=[host if name == "referrer_host" else word]) for name in ORIGIN}


def origin_of(arguments: Mapping[str, str], referrer: str, own_host: str) -> dict[str, str]:
    """Read the origin from the form's own address and referrer; from our own page its address says where from."""
    try:
        came = urlsplit(referrer)
        name = came.hostname or ""
    except ValueError:
        return {utm: word(arguments.get(utm)) for utm in UTM}
    ours = name == own_host.partition(":")[0]
    page = {key: values[0] for key, values in parse_qs(came.query).items()} if ours else {}
    found = {utm: word(arguments.get(utm) or page.get(utm)) for utm in UTM}
    return {**found, "referrer_host": "" if ours else host(name)}
