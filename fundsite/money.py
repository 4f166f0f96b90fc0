"""Money: whole numbers of the currency's minor unit, and nothing else."""

from fundsite.i18n import current_locale

# Currencies without a minor unit: one yen is one unit [Stripe, zero-decimal currencies].
ZERO_DECIMAL = frozenset({"JPY", "KRW", "VND"})
STRIPE_MINIMUM = {"JPY": 50}  # [Stripe, minimum charge amounts]


def formatted(amount: int, currency: str = "JPY") -> str:
    """Write an amount as a person reads it: 5,000,000円, or ¥5,000,000 in English."""
    if currency == "JPY":
        return f"{amount:,}円" if current_locale() == "ja" else f"¥{amount:,}"
    if currency in ZERO_DECIMAL:
        return f"{amount:,} {currency}"
    whole, cents = divmod(amount, 100)
    return f"{whole:,}.{cents:02} {currency}"
