"""Charges: one for each time a bank was asked or money came in, and the fee that may be known only later."""

from fundsite.sandbox import ledger, methods
from fundsite.sandbox.cards import MESSAGES, Card
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.events import changed, emit
from fundsite.sandbox.rules import PREFIX

ASKED = {"network_status": "approved_by_network", "type": "authorized", "seller_message": "Payment complete."}


def succeeded(box: Sandbox, intent: JSON, details: JSON | None = None) -> JSON:
    """Take the money of an intent.

    A card is captured at once, while its fee and net come with a later `charge.updated`. Cash and transfers are
    booked with the charge; `details` says what is known of them, such as the chain of the store.
    """
    method = box.need(methods.KIND, intent["payment_method"])
    card = methods.card_of(box, method["id"]) if method["type"] == "card" else None
    charge = _new(box, intent, method, card, details) | {
        "amount_captured": intent["amount"],
        "captured": True,
        "outcome": _outcome(ASKED, None),
        "paid": True,
        "status": "succeeded",
    }
    if card is None:
        charge["balance_transaction"] = _booked(box, charge, method["type"])["id"]
    box.store.add(charge, {"refund": card.behaviour.refund if card else "asks", "method": method["type"]})
    emit(box, "charge.succeeded", charge)
    if card:
        box.later(box.config.settle_after, "charge.settle", charge["id"])
    if card and card.behaviour.dispute:
        box.later(box.config.settle_after, "charge.dispute", charge["id"])
    return charge


def failed(box: Sandbox, intent: JSON, reason: str, *, code: str, message: str | None = None) -> JSON:
    """Record that the bank said no, or that nobody paid in time."""
    method = box.need(methods.KIND, intent["payment_method"])
    card = methods.card_of(box, method["id"]) if method["type"] == "card" else None
    words = message or MESSAGES[reason]
    said = {"network_status": "declined_by_network", "type": "issuer_declined", "seller_message": words}
    charge = _new(box, intent, method, card, None) | {
        "failure_code": code,
        "failure_message": words,
        "outcome": _outcome(said, reason),
        "status": "failed",
    }
    emit(box, "charge.failed", box.store.add(charge, {"method": method["type"]}))
    return charge


def settle(box: Sandbox, charge_id: str) -> None:
    """Give a charge its balance transaction. A second call changes nothing."""
    charge = box.need("charge", charge_id)
    if charge["balance_transaction"] is not None:
        return
    booked = _booked(box, charge, "card")
    after = box.store.save(charge | {"balance_transaction": booked["id"]})
    emit(box, "charge.updated", after, changed(charge, after))


def _booked(box: Sandbox, charge: JSON, method: str) -> JSON:
    kind = "charge" if method == "card" else "payment"
    return ledger.book(box, charge, kind, charge["amount"], ledger.fee_of(charge["amount"], method))


def _new(box: Sandbox, intent: JSON, method: JSON, card: Card | None, details: JSON | None) -> JSON:
    suffix = intent["statement_descriptor_suffix"]
    same = ("amount", "currency", "customer", "description", "metadata", "payment_method", "receipt_email")
    shown = _card(card, intent["amount"]) if card else {}
    return {
        **blank("charge"),
        **box.born("ch" if card else "py"),
        **{name: intent[name] for name in (*same, "statement_descriptor_suffix", "transfer_group", "shipping")},
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": f"{PREFIX}{suffix}" if suffix else PREFIX.strip(" *"),
        "fraud_details": {},
        "payment_intent": intent["id"],
        "payment_method_details": {method["type"]: details or shown, "type": method["type"]},
    }


def _card(card: Card, amount: int) -> JSON:
    secure = {"authentication_flow": "challenge", "result": "authenticated", "version": "2.2.0"}
    return {
        "amount_authorized": amount,
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "JP",
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "funding": "credit",
        "last4": card.last4,
        "network": card.brand,
        "three_d_secure": secure if card.behaviour.authenticate else None,
        "wallet": None,
    }


def _outcome(said: JSON, reason: str | None) -> JSON:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 12,
        **said,
    }
