"""Object ids as Stripe makes them: a prefix that names the kind, then something that cannot be guessed."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits
LENGTHS = {"cs_test": 58, "req": 14, "cus": 14, "acct": 16}


def new_id(prefix: str) -> str:
    """Return a fresh random id such as `ch_…`."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTHS.get(prefix, 24)))
