"""Names of a pledge: the reference that people read to each other, and the private link that opens it.

The link's token is made from SECRET_KEY and the reference; the database holds only its hash.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import digest
from random import Random, SystemRandom

from fundsite.settings import current_settings

# Crockford's base32: no I, L, O or U to be misread on the telephone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TOKEN_BYTES = 24


def new_reference(dice: Random = SystemRandom()) -> str:  # noqa: B008 - it keeps no state
    """Return a reference such as 7K3M-9Q2X: 40 bits, unguessable unless other dice are given."""
    letters = "".join(dice.choice(ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def token_of(reference: str) -> str:
    """Return the private token of a pledge."""
    mac = digest(current_settings().secret_key.encode(), f"pledge-link:{reference}".encode(), "sha256")
    return urlsafe_b64encode(mac[:TOKEN_BYTES]).decode()


def token_hash(token: str) -> str:
    """Return what the database keeps of a token."""
    return sha256(token.encode()).hexdigest()


def private_url(reference: str, page: str = "", locale: str = "ja") -> str:
    """Return the absolute address of a supporter's own page."""
    site = current_settings()
    prefix = "" if locale == site.locale else f"/{locale}"
    return f"{site.site_url}{prefix}/pledges/{token_of(reference)}/{page}"
