"""Charges: one for each time a bank was asked, and the fee that is known only later."""

from fundsite.sandbox import ledger
from fundsite.sandbox.cards import MESSAGES, Card
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.events import changed, emit
from fundsite.sandbox.rules import PREFIX


def payment_method(box: Sandbox, card: Card) -> str:
    """Keep a card as a payment method, so that an attempt can go on after 3-D Secure; return its id.

    Of a number outside the published test cards only the last four digits are kept.
    """
    method = {**box.born("pm"), "object": "payment_method", "type": "card", "livemode": False}
    method["card"] = {"brand": card.brand, "last4": card.last4}
    kept = {"exp_month": card.exp_month, "exp_year": card.exp_year, "name": card.name}
    number = card.number if card.behaviour.decline != "test_mode_live_card" else card.last4
    box.store.add(method, {"number": number, **kept})
    return str(method["id"])


def succeeded(box: Sandbox, session: JSON, intent: JSON, card: Card) -> JSON:
    """Charge a card: captured at once, while fee and net come with a later `charge.updated`."""
    charge = _new(box, session, intent, card) | {
        "amount_captured": intent["amount"],
        "captured": True,
        "outcome": _outcome("approved_by_network", "authorized", None, "Payment complete."),
        "paid": True,
        "status": "succeeded",
    }
    box.store.add(charge, {"refund": card.behaviour.refund})
    emit(box, "charge.succeeded", charge)
    box.later(box.config.settle_after, "charge.settle", charge["id"])
    return charge


def failed(box: Sandbox, session: JSON, intent: JSON, card: Card, reason: str) -> JSON:
    """Record that the bank said no."""
    charge = _new(box, session, intent, card) | {
        "failure_code": card.behaviour.code,
        "failure_message": MESSAGES[reason],
        "outcome": _outcome("declined_by_network", "issuer_declined", reason, MESSAGES[reason]),
        "status": "failed",
    }
    emit(box, "charge.failed", box.store.add(charge))
    return charge


def settle(box: Sandbox, charge_id: str) -> None:
    """Give a charge its balance transaction. A second call changes nothing."""
    charge = box.need("charge", charge_id)
    if charge["balance_transaction"] is not None:
        return
    booked = ledger.book(box, charge, "charge", charge["amount"], ledger.fee_of(charge["amount"]))
    after = box.store.save(charge | {"balance_transaction": booked["id"]})
    emit(box, "charge.updated", after, changed(charge, after))


def _new(box: Sandbox, session: JSON, intent: JSON, card: Card) -> JSON:
    details = session["customer_details"]
    suffix = intent["statement_descriptor_suffix"]
    same = ("amount", "currency", "customer", "description", "metadata", "payment_method", "receipt_email")
    return {
        **blank("charge"),
        **box.born("ch"),
        **{
            name: intent[name]
            for name in (*same, "statement_descriptor_suffix", "transfer_group", "shipping")
        },
        "billing_details": {
            "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            "email": details["email"],
            "name": details["name"],
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": f"{PREFIX}{suffix}" if suffix else PREFIX.strip(" *"),
        "fraud_details": {},
        "payment_intent": intent["id"],
        "payment_method_details": {"card": _card(card, intent["amount"]), "type": "card"},
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


def _outcome(network: str, kind: str, reason: str | None, message: str) -> JSON:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": message,
        "type": kind,
    }
