"""Payment methods: what a payer pays with, and what is kept of a card so that it can be charged again."""

from dataclasses import asdict, dataclass, replace

from fundsite.sandbox.cards import TOKENS, Card
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import StripeError, bad_param
from fundsite.sandbox.events import changed, emit

KIND = "payment_method"


@dataclass(frozen=True)
class Payer:
    """Who stands at the page; the session's own e-mail wins over what is typed."""

    email: str
    name: str


def keep_card(box: Sandbox, card: Card, payer: Payer | None) -> JSON:
    """Keep a card as a payment method, so that an attempt can go on after 3-D Secure.

    Of a number outside the published test cards only the last four digits are kept.
    """
    known = card.behaviour.decline != "test_mode_live_card"
    hidden = asdict(card if known else replace(card, number=card.last4))
    return box.store.add(_new(box, "card", payer, _shown(card)), hidden)


def keep_plain(box: Sandbox, kind: str, payer: Payer) -> JSON:
    """Keep a method that is good for one payment and knows nothing: a convenience store, a bank transfer."""
    return box.store.add(_new(box, kind, payer, {}))


def _new(box: Sandbox, kind: str, payer: Payer | None, details: JSON) -> JSON:
    return {
        **blank(KIND),
        **box.born("pm"),
        "type": kind,
        kind: details,
        "allow_redisplay": "limited",
        "billing_details": {
            "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            "email": payer.email if payer else None,
            "name": payer.name if payer else None,
            "phone": None,
            "tax_id": None,
        },
        "metadata": {},
    }


def _shown(card: Card) -> JSON:
    return {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "JP",
        "display_brand": card.brand,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "funding": "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def card_of(box: Sandbox, method_id: str) -> Card:
    return Card(**box.store.hidden(method_id))


def mark_set_up(box: Sandbox, method_id: str) -> None:
    """Remember that the payer agreed to later charges, authenticated where the bank asked for it."""
    box.store.hide(method_id, box.store.hidden(method_id) | {"set_up": True})


def named(box: Sandbox, method_id: str) -> JSON:
    """Return the payment method that a request names; a test id such as `pm_card_visa` makes a new one."""
    if method_id in TOKENS:
        return keep_card(box, Card(TOKENS[method_id]), None)
    return box.need(KIND, method_id, param="payment_method", status=400)


def attach(box: Sandbox, params: JSON, method_id: str) -> JSON:
    """Give a payment method to a customer; cards that decline at once are refused, as Stripe refuses them."""
    method = named(box, method_id)
    if "customer" not in params:
        raise bad_param("Missing required param: customer.", "customer", "parameter_missing")
    box.need("customer", params["customer"], param="customer", status=400)
    if method["customer"] not in (None, params["customer"]):
        message = "The payment method you provided has already been attached to a customer."
        raise StripeError(400, message, param="payment_method", kept=True)
    does = card_of(box, method["id"]).behaviour
    if does.decline and not does.attaches:
        raise StripeError(402, "Your card was declined.", kind="card_error", code=does.code, kept=True)
    return give_to(box, method, params["customer"])


def give_to(box: Sandbox, method: JSON, customer_id: str) -> JSON:
    """Attach without questions, once."""
    if method["customer"] == customer_id:
        return method
    method = box.store.save(method | {"customer": customer_id})
    emit(box, "payment_method.attached", method)
    return method


def detach(box: Sandbox, _params: JSON, method_id: str) -> JSON:
    """Take a payment method from its customer for good."""
    method = box.need(KIND, method_id, param="payment_method")
    if method["customer"] is None:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise StripeError(400, message, param="payment_method", kept=True)
    after = box.store.save(method | {"customer": None})
    emit(box, "payment_method.detached", after, changed(method, after))
    return after
