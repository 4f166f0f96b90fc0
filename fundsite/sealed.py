"""Numbers that only we could have written: the tokens of links in mails to people who have no account.

And words that only we can read again: what must stand in an address or a row, and is nobody else's matter.
"""

from base64 import urlsafe_b64encode
from hmac import compare_digest, digest

from cryptography.fernet import Fernet, InvalidToken

from fundsite.settings import current_settings

TOKEN_BYTES = 18


def sealed(purpose: str, number: int) -> str:
    """Return a token that opens `number` for `purpose` and nothing else."""
    mac = digest(current_settings().secret_key.encode(), f"{purpose}:{number}".encode(), "sha256")
    return f"{number}-{urlsafe_b64encode(mac[:TOKEN_BYTES]).decode()}"


def unsealed(purpose: str, token: str) -> int | None:
    """Return the number of a token that was made for `purpose`; None for any other."""
    number = token.partition("-")[0]
    if not (number.isascii() and number.isdigit()) or len(number) > 18:  # noqa: PLR2004 - what a database's number holds
        return None
    return int(number) if compare_digest(sealed(purpose, int(number)).encode(), token.encode()) else None


def boxed(purpose: str, words: str) -> str:
    """Encrypt words for `purpose`; the same words never look the same twice."""
    return _box(purpose).encrypt(words.encode()).decode()


def unboxed(purpose: str, box: str) -> str:
    """Return the words of a box; "" for one that is not ours."""
    try:
        return _box(purpose).decrypt(box.encode()).decode()
    except (InvalidToken, UnicodeError):
        return ""


def _box(purpose: str) -> Fernet:
    key = digest(current_settings().secret_key.encode(), f"box:{purpose}".encode(), "sha256")
    return Fernet(urlsafe_b64encode(key))
