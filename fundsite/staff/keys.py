"""What is made from SECRET_KEY: link tokens, keyed hashes, sealed secrets, signed cookies. Each use has its own key."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import digest
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadData, URLSafeTimedSerializer

from fundsite.settings import current_settings

TOKEN_BYTES = 24


def _key(purpose: str) -> bytes:
    return digest(current_settings().secret_key.encode(), f"staff:{purpose}".encode(), "sha256")


def keyed_hash(purpose: str, *parts: object) -> str:
    """Return what the database keeps of something that could be guessed: useless without SECRET_KEY."""
    said = "\x1f".join(map(str, parts))
    return digest(_key(purpose), said.encode(), "sha256").hex()


def link_token(purpose: str, nonce: str) -> str:
    """Return the token of a mailed link: it can be made again when the mail is written, so no row holds it."""
    return urlsafe_b64encode(digest(_key(purpose), nonce.encode(), "sha256")[:TOKEN_BYTES]).decode()


def token_hash(token: str) -> str:
    """Return what the database keeps of a token that nobody can guess."""
    return sha256(token.encode()).hexdigest()


def sealed(purpose: str, secret: str) -> str:
    """Encrypt a secret for the database or for a page."""
    return Fernet(urlsafe_b64encode(_key(purpose))).encrypt(secret.encode()).decode()


def unsealed(purpose: str, box: str, max_age: int | None = None) -> str:
    """Return the secret of a box; ValueError if it is not ours, or older than `max_age` seconds."""
    try:
        return Fernet(urlsafe_b64encode(_key(purpose))).decrypt(box.encode(), ttl=max_age).decode()
    except (InvalidToken, UnicodeError):
        raise ValueError("not a box of ours") from None


def signed(purpose: str, value: dict[str, Any]) -> str:
    """Return a value that a browser can keep and not change."""
    return URLSafeTimedSerializer(_key(purpose)).dumps(value)


def unsigned(purpose: str, text: str, max_age: int) -> dict[str, Any] | None:
    """Return a signed value; None if it was changed or is too old."""
    try:
        found = URLSafeTimedSerializer(_key(purpose)).loads(text, max_age=max_age)
    except BadData:
        return None
    return found if isinstance(found, dict) else None
