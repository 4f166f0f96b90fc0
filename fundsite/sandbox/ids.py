"""Object ids as Stripe makes them: a prefix that names the kind, then something that cannot be guessed."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits
LENGTHS = {"cs_test": 58, "req": 14, "cus": 14, "acct": 16}


def new_id(prefix: str) -> str:
    """Return a fresh random id such as `ch_…`."""
    drawn = secrets.token_bytes(LENGTHS.get(prefix, 24))
    return f"{prefix}_" + "".join(ALPHABET[byte % len(ALPHABET)] for byte in drawn)
