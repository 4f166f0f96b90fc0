"""The form of the payment page: what was typed, and what is wrong with it."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime

from fundsite.sandbox.cards import Card, digits, expiry, valid_number
from fundsite.sandbox.methods import Payer
from fundsite.sandbox.rules import EMAIL

SHORTCUTS = {
    "card_4242": "4242424242424242",
    "card_3220": "4000000000003220",
    "card_0002": "4000000000000002",
    "card_9995": "4000000000009995",
    "card_0069": "4000000000000069",
}
SAVING = {"card_3155": "4000002500003155", "card_0341": "4000000000000341"}  # where the card is charged later, too
LATER = ("konbini", "customer_balance")
SOMEBODY = Payer("taro@example.org", "TEST TARO")  # who pays by a shortcut, where nothing was typed


class PayForm:
    """What came from the page. `errors` names a message for each wrong field; `chosen` is there without any."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.email = values.get("email", "").strip()
        self.card_number = unicodedata.normalize("NFKC", values.get("card_number", "")).strip()
        self.exp = unicodedata.normalize("NFKC", values.get("exp", "")).strip()
        self.cvc = values.get("cvc", "").strip()
        self.cardholder = values.get("cardholder", "").strip()
        self.outcome = values.get("outcome", "")
        self.errors: dict[str, str] = {}
        self.chosen: Card | str | None = None

    @property
    def payer(self) -> Payer:
        by_hand = self.outcome in ("pay", *LATER)
        return Payer(
            self.email if by_hand or EMAIL.fullmatch(self.email) else SOMEBODY.email,
            self.cardholder or SOMEBODY.name,
        )


def read(values: Mapping[str, str], *, email_known: bool) -> PayForm:
    """Read the form that the page sent, and check it where the payer typed the card."""
    form = PayForm(values)
    if form.outcome in SHORTCUTS | SAVING:
        form.chosen = Card((SHORTCUTS | SAVING)[form.outcome], name=form.cardholder or SOMEBODY.name)
    elif form.outcome == "pay":
        _check(form, email_known=email_known)
    elif form.outcome in LATER:
        _check_email(form, email_known=email_known)
        form.chosen = None if form.errors else form.outcome
    else:
        form.errors["outcome"] = "error_outcome"
    return form


def _check(form: PayForm, *, email_known: bool) -> None:
    number, until = digits(form.card_number), expiry(form.exp)
    _check_email(form, email_known=email_known)
    if not valid_number(number):
        form.errors["card_number"] = "error_card_number"
    if until is None:
        form.errors["exp"] = "error_exp"
    elif (until[1], until[0]) < (datetime.now(UTC).year, datetime.now(UTC).month):
        form.errors["exp"] = "error_past"
    if not (digits(form.cvc).isdecimal() and len(digits(form.cvc)) in (3, 4)):
        form.errors["cvc"] = "error_cvc"
    if not form.cardholder:
        form.errors["cardholder"] = "error_cardholder"
    if until and not form.errors:
        form.chosen = Card(number, *until, name=form.cardholder)


def _check_email(form: PayForm, *, email_known: bool) -> None:
    if not email_known and not EMAIL.fullmatch(form.email):
        form.errors["email"] = "error_email"
