"""Money back: whole or in parts, at once, later, or failing after all."""

from fundsite.sandbox import ledger
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox, metadata_of
from fundsite.sandbox.errors import StripeError, bad_param
from fundsite.sandbox.events import changed, emit

JOBS = {"succeeds": "refund.reference", "pending": "refund.succeed", "fails": "refund.fail"}


def create(box: Sandbox, params: JSON) -> JSON:
    """Refund a charge, never more than is left of it. The fee is not given back."""
    charge = _charge(box, params)
    amount = _amount(charge, params)
    behaviour = box.store.hidden(charge["id"])["refund"]
    refund = _new(box, charge, params) | {
        "amount": amount,
        "status": "pending" if behaviour == "pending" else "succeeded",
        "pending_reason": "processing" if behaviour == "pending" else None,
    }
    refund["balance_transaction"] = ledger.book(box, refund, "refund", -amount)["id"]
    box.store.add(refund)
    after = _given_back(box, charge, amount)
    emit(box, "charge.refunded", after, changed(charge, after))
    emit(box, "refund.created", refund)
    box.later(box.config.settle_after, JOBS[behaviour], refund["id"])
    return refund


def _charge(box: Sandbox, params: JSON) -> JSON:
    named = [name for name in ("charge", "payment_intent") if name in params]
    if len(named) != 1:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise bad_param(message, "payment_intent", "parameter_missing")
    if named == ["charge"]:
        charge = box.need("charge", params["charge"], param="charge", status=400)
    else:
        intent = box.need("payment_intent", params["payment_intent"], param="payment_intent", status=400)
        charge = box.store.get(intent["latest_charge"] or "") or {}
    if charge.get("status") != "succeeded":
        message = "This PaymentIntent or charge does not have a successful charge to refund."
        raise StripeError(400, message, param=named[0], kept=True)
    return charge


def _amount(charge: JSON, params: JSON) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    amount: int = params.get("amount", left)
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise StripeError(400, message, code="charge_already_refunded", kept=True)
    if amount < 1:
        raise bad_param("Invalid positive integer", "amount", "parameter_invalid_integer")
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise StripeError(400, message, param="amount", kept=True)
    return amount


def _new(box: Sandbox, charge: JSON, params: JSON) -> JSON:
    return {
        **blank("refund"),
        **box.born("re"),
        "charge": charge["id"],
        "currency": charge["currency"],
        "destination_details": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        "metadata": metadata_of(params),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
    }


def _given_back(box: Sandbox, charge: JSON, amount: int) -> JSON:
    """Move what a charge has given back by `amount`: negative when a refund failed."""
    refunded = charge["amount_refunded"] + amount
    return box.store.save(charge | {"amount_refunded": refunded, "refunded": refunded == charge["amount"]})


def _updated(box: Sandbox, refund: JSON, news: JSON) -> JSON:
    after = box.store.save(refund | news)
    for kind in ("refund.updated", "charge.refund.updated"):
        emit(box, kind, after, changed(refund, after))
    return after


def give_reference(box: Sandbox, refund_id: str) -> None:
    """Name the refund as the bank does later; nothing else changes."""
    details = {"reference": refund_id[-12:], "reference_status": "available", "type": "refund"}
    refund = box.need("refund", refund_id)
    _updated(box, refund, {"destination_details": {"card": details, "type": "card"}})


def succeed(box: Sandbox, refund_id: str) -> None:
    """Let a pending refund arrive."""
    refund = box.need("refund", refund_id)
    _updated(box, refund, {"status": "succeeded", "pending_reason": None})


def fail(box: Sandbox, refund_id: str) -> None:
    """Let a refund that had looked done come back: the money is on the account again."""
    refund = box.need("refund", refund_id)
    charge = box.need("charge", refund["charge"])
    returned = ledger.book(box, refund, "refund_failure", refund["amount"])
    news = {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    after = _updated(box, refund, news | {"failure_balance_transaction": returned["id"]})
    emit(box, "refund.failed", after)
    _given_back(box, charge, -refund["amount"])
