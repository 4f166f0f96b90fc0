"""Names of a pledge: the reference that people read to each other, and the private link that opens it.

The link's token is made from SECRET_KEY, the reference and how often staff replaced the link (`Pledge.link_number`);
the database holds only its hash. A replaced link opens nothing any more.
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


def token_of(reference: str, link_number: int = 0) -> str:
    """Return the private token of a pledge; one that is being made has the number 0."""
    said = f"pledge-link:{reference}:{link_number}" if link_number else f"pledge-link:{reference}"
    mac = digest(current_settings().secret_key.encode(), said.encode(), "sha256")
    return urlsafe_b64encode(mac[:TOKEN_BYTES]).decode()


def token_hash(token: str) -> str:
    """Return what the database keeps of a token."""
    return sha256(token.encode()).hexdigest()


def private_url(reference: str, page: str = "", locale: str = "ja", link_number: int = 0) -> str:
    """Return the absolute address of a supporter's own page."""
    site = current_settings()
    prefix = "" if locale == site.locale else f"/{locale}"
    return f"{site.site_url}{prefix}/pledges/{token_of(reference, link_number)}/{page}"
