"""How often one visitor may do what costs us or a supporter something.

Who is counted stands in Redis and in the database as a keyed hash only: no address, be it of mail or of the network.
"""

from hmac import digest
from ipaddress import IPv6Address, ip_address
from unicodedata import normalize

from flask import request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from fundsite.settings import current_settings


def network(address: str) -> str:
    """Return what one visitor holds: an IPv4 address, or a whole /64 of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped) if found.ipv4_mapped else found.exploded[:19]
    return str(found)


def _hashed(kind: str, value: str) -> str:
    key = current_settings().secret_key.encode()
    return digest(key, f"visitor:{kind}:{value}".encode(errors="replace"), "sha256").hex()


def address_key() -> str:
    """Return who is counted by the address that a request comes from."""
    return _hashed("address", network(get_remote_address()))


def browser_key() -> str:
    """Return who is counted by the session of a browser: what its forms must prove, so that no form comes without."""
    return _hashed("browser", str(session.get("csrf_token", "")))


def email_key() -> str:
    """Return who is counted by the mail address that was typed, however it was written."""
    return _hashed("email", normalize("NFKC", _typed_email()).casefold())


def visitor_keys() -> dict[str, int]:
    """Return by what the checkouts that a visitor has open are counted, and how many may be; {} if limits are off."""
    if not current_settings().rate_limits:
        return {}
    return {browser_key(): OPEN_IN_A_BROWSER, address_key(): OPEN_AT_AN_ADDRESS}


def _typed_email() -> str:
    return request.form.get("email", "").strip()


OPEN_IN_A_BROWSER, OPEN_AT_AN_ADDRESS = 10, 30  # pledges at checkout

limiter = Limiter(address_key, strategy="moving-window", headers_enabled=False)

# A person who mistypes, or a family behind one address, stays far below; a program that tries stolen cards does not.
pledge_limit = limiter.limit("60 per minute; 600 per hour", methods=["POST"])
browser_limit = limiter.limit("60 per hour; 200 per day", methods=["POST"], key_func=browser_key)
email_limit = limiter.limit(
    "40 per hour; 80 per day", methods=["POST"], key_func=email_key, exempt_when=lambda: not _typed_email()
)
sign_in_limit = limiter.limit("20 per minute; 100 per hour", methods=["POST"])
link_limit = limiter.limit("5 per minute; 30 per hour", methods=["POST"])
follow_limit = limiter.limit("10 per minute; 60 per hour", methods=["POST"])
