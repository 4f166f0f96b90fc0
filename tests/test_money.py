"""Money as a person reads it."""

import pytest

from fundsite.i18n import speaking
from fundsite.money import formatted


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "written"),
    [
        ("ja", 0, "JPY", "0円"),
        ("ja", 5_000_000, "JPY", "5,000,000円"),
        ("en", 5_000_000, "JPY", "¥5,000,000"),
        ("ja", 3_000, "KRW", "3,000 KRW"),
        ("ja", 123_456, "USD", "1,234.56 USD"),
        ("en", 5, "USD", "0.05 USD"),
    ],
)
def test_an_amount_is_written_as_its_reader_expects(locale, amount, currency, written):
    with speaking(locale):
        assert formatted(amount, currency) == written


def test_an_unknown_language_falls_back_to_japanese():
    with speaking("xx"):
        assert formatted(1_000) == "1,000円"
