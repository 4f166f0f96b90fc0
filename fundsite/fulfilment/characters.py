"""Letters that a carrier's encoding cannot say, and what may stand for them; staff have the last word on each."""

import tomllib
import unicodedata
from functools import cache
from pathlib import Path

from fundsite import text

CP932 = "cp932"
_SPACES = "\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u205f"


@cache
def _table() -> dict[str, str]:
    with (Path(__file__).parent / "layouts" / "characters.toml").open("rb") as file:
        return tomllib.load(file)


def sayable(letter: str, encoding: str = CP932) -> bool:
    """Whether a letter has a place in the encoding; one without a common meaning (private use) has none."""
    if unicodedata.category(letter) in {"Co", "Cc", "Cn"}:
        return False
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def unsayable(said: str, encoding: str = CP932) -> list[str]:
    """Return each letter of a text that the encoding cannot say, once, in their order."""
    return list(dict.fromkeys(letter for letter in said if not sayable(letter, encoding)))


def suggestion(letter: str, encoding: str = CP932) -> str | None:
    """Return what usually stands for a letter ("": it can be left out); None where only a person can say."""
    if letter in _SPACES:
        return " "
    if unicodedata.category(letter) in {"Cc", "Cf", "Mn"}:
        return ""
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    for candidate in (_table().get(letter, ""), text.repair_lookalikes(letter), _composed(letter), plain):
        if candidate and not unsayable(candidate, encoding):
            return candidate
    return None


def _composed(letter: str) -> str:
    return unicodedata.normalize("NFKC", letter)


def suggested(said: str, encoding: str = CP932) -> str:
    """Return a text with every suggestion in its place; what only a person can say stays as it is."""
    joined = text.repair_lookalikes(said)
    return "".join(
        letter if sayable(letter, encoding) or (other := suggestion(letter, encoding)) is None else other
        for letter in joined
    )
