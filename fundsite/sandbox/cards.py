"""Test cards: which number does what, and what a typed card is."""

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """What the bank of a test card does: a decline code, an authentication step, a slow or failing refund.

    `attaches` is for cards that can be saved and are declined only when charged; `again` for those that ask for
    authentication at every charge, even after they were set up.
    """

    decline: str | None = None
    code: str = "card_declined"
    attaches: bool = False
    authenticate: bool = False
    again: bool = False
    refund: str = "succeeds"
    dispute: str | None = None


BEHAVIOURS = {
    "4242424242424242": Behaviour(),
    "4000000000003220": Behaviour(authenticate=True, again=True),
    "4000002500003155": Behaviour(authenticate=True),
    "4000002760003184": Behaviour(authenticate=True, again=True),
    "4000008260003178": Behaviour(authenticate=True, decline="insufficient_funds", attaches=True),
    "4000000000000002": Behaviour(decline="generic_decline"),
    "4000000000009995": Behaviour(decline="insufficient_funds"),
    "4000000000000069": Behaviour(decline="expired_card", code="expired_card"),
    "4000000000000127": Behaviour(decline="incorrect_cvc", code="incorrect_cvc"),
    "4000000000000119": Behaviour(decline="processing_error", code="processing_error"),
    "4000000000000341": Behaviour(decline="generic_decline", attaches=True),
    "4000000000000259": Behaviour(dispute="fraudulent"),
    "4000000000005126": Behaviour(refund="fails"),
    "4000000000007726": Behaviour(refund="pending"),
    "4000003920000003": Behaviour(),
    "5555555555554444": Behaviour(),
    "3566002020360505": Behaviour(),
    "378282246310005": Behaviour(),
}
NOT_A_TEST_CARD = Behaviour(decline="test_mode_live_card")
# What code uses in place of a number: each makes a payment method of its own.
TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_jcb": "3566002020360505",
    "pm_card_amex": "378282246310005",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_pendingRefund": "4000000000007726",
}
BRANDS = (("4", "visa"), ("5", "mastercard"), ("35", "jcb"), ("34", "amex"), ("37", "amex"))

# What `message` of a declined charge says; the page has its own wording, in the payer's language.
MESSAGES = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "test_mode_live_card": "Your card was declined. Your request was in test mode, but used a non test card.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "authentication_failure": "We are unable to authenticate your payment method. Please choose another one.",
}


@dataclass(frozen=True)
class Card:
    """A card as typed. The number is never stored, only what may be shown of it."""

    number: str
    exp_month: int = 12
    exp_year: int = 2034
    name: str | None = None
    set_up: bool = False

    @property
    def behaviour(self) -> Behaviour:
        return BEHAVIOURS.get(self.number, NOT_A_TEST_CARD)

    def asks(self, *, off_session: bool) -> bool:
        """Tell whether its bank wants to see the payer for this charge."""
        does = self.behaviour
        return does.authenticate and (does.again or not (off_session and self.set_up))

    @property
    def brand(self) -> str:
        return next((brand for start, brand in BRANDS if self.number.startswith(start)), "unknown")

    @property
    def last4(self) -> str:
        return self.number[-4:]


def digits(typed: str) -> str:
    """Return a number as typed without its spaces and hyphens; full-width digits become plain ones."""
    return re.sub(r"[\s\-‐-―−ー]", "", unicodedata.normalize("NFKC", typed))


def valid_number(number: str) -> bool:
    """Tell whether it could be a card number: length and check digit (Luhn)."""
    if not re.fullmatch(r"[0-9]{12,19}", number):
        return False
    doubled = [int(sign) * (1 + place % 2) for place, sign in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0  # noqa: PLR2004 -- Luhn


def expiry(typed: str) -> tuple[int, int] | None:
    """Read `MM/YY` or `MM/YYYY` in any width and spacing; None if it is no month of a year."""
    match = re.fullmatch(r"(0?[1-9]|1[0-2])/?(?:20)?([0-9]{2})", digits(typed))
    return (int(match[1]), 2000 + int(match[2])) if match else None
