"""Money back: whole or in parts, at once, later, with the payer's help, or failing after all."""

from fundsite.sandbox import cash, ledger
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox, merged_metadata, metadata_of
from fundsite.sandbox.errors import StripeError, bad_param
from fundsite.sandbox.events import changed, emit

KIND = "refund"
JOBS = {"succeeds": "refund.reference", "pending": "refund.succeed", "fails": "refund.fail", "asks": "refund.lapse"}
DAY = 86400
LAPSE_DAYS, LATEST_DAYS = 45, 180
OPEN = ("pending", "requires_action")


def create(box: Sandbox, params: JSON) -> JSON:
    """Refund a charge, never more than is left of it. The fee is not given back.

    Cash and transfers need an account to go to: the payer is asked for it by mail, and has 45 days to answer.
    """
    if params.get("origin") == "customer_balance":
        return _from_balance(box, params)
    charge = _charge(box, params)
    amount = _amount(charge, params)
    behaviour = box.store.hidden(charge["id"])["refund"]
    refund = _new(box, charge, params) | {"amount": amount}
    refund |= _asking(box, charge, params) if behaviour == "asks" else _sent(behaviour)
    kind = "refund" if charge["id"].startswith("ch_") else "payment_refund"
    refund["balance_transaction"] = ledger.book(box, refund, kind, -amount)["id"]
    box.store.add(refund)
    after = given_back(box, charge, amount)
    emit(box, "charge.refunded", after, changed(charge, after))
    emit(box, "refund.created", refund)
    box.later(_wait(box, behaviour), JOBS[behaviour], refund["id"])
    return refund


def _wait(box: Sandbox, behaviour: str) -> float:
    return LAPSE_DAYS * DAY if behaviour == "asks" else box.config.settle_after


def _sent(behaviour: str) -> JSON:
    pending = behaviour == "pending"
    card = {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"}
    status = {"status": "pending", "pending_reason": "processing"} if pending else {"status": "succeeded"}
    return {"destination_details": card, **status}


def _asking(box: Sandbox, charge: JSON, params: JSON) -> JSON:
    """Ask the payer by mail where to send the money; refuse when there is no address, or after 180 days."""
    if charge["created"] + LATEST_DAYS * DAY < box.clock.now():
        raise StripeError(400, f"Payments can be refunded up to {LATEST_DAYS} days after they were made.", kept=True)
    customer = box.store.get(charge["customer"] or "", "customer") or {}
    email = params.get("instructions_email") or customer.get("email") or charge["billing_details"]["email"]
    if not email:
        message = "This refund needs an e-mail address to ask for the payer's account: pass `instructions_email`."
        raise StripeError(400, message, param="instructions_email", kept=True)
    return asked_by_mail(box, email)


def asked_by_mail(box: Sandbox, email: str) -> JSON:
    now = box.clock.seconds()
    sent = {"email_sent": {"email_sent_at": now, "email_sent_to": email}, "expires_at": now + LAPSE_DAYS * DAY}
    return {
        "status": "requires_action",
        "instructions_email": email,
        "next_action": {"display_details": sent, "type": "display_details"},
        "destination_details": {
            "jp_bank_transfer": {"reference": None, "reference_status": None},
            "type": "jp_bank_transfer",
        },
    }


def _from_balance(box: Sandbox, params: JSON) -> JSON:
    """Send back what a customer transferred and no payment used."""
    for name in ("customer", "amount", "currency"):
        if name not in params:
            raise bad_param(f"Missing required param: {name}.", name, "parameter_missing")
    customer = box.need("customer", params["customer"], param="customer", status=400)
    currency = params["currency"].lower()
    if not 1 <= params["amount"] <= cash.available(box, customer["id"], currency):
        raise StripeError(400, "The customer's cash balance does not hold so much.", param="amount", kept=True)
    email = params.get("instructions_email") or customer["email"]
    if not email:
        message = "This refund needs an e-mail address: pass `instructions_email`."
        raise StripeError(400, message, param="instructions_email", kept=True)
    nothing = {"id": None, "currency": currency, "customer": customer["id"], "payment_intent": None}
    refund = _new(box, nothing, params) | asked_by_mail(box, email)
    refund |= {"amount": params["amount"], "customer": customer["id"]}
    box.store.add(refund)
    cash.move(box, customer["id"], currency, -params["amount"], return_initiated=None)
    emit(box, "refund.created", refund)
    box.later(LAPSE_DAYS * DAY, "refund.lapse", refund["id"])
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
    if charge["disputed"]:
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise StripeError(400, message, code="charge_disputed", kept=True)
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
    by_card = str(charge["id"]).startswith("ch_")
    return {
        **blank(KIND),
        **box.born("re" if by_card else "pyr"),
        "charge": charge["id"],
        "currency": charge["currency"],
        "metadata": metadata_of(params),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
    }


def given_back(box: Sandbox, charge: JSON, amount: int) -> JSON:
    """Move what a charge has given back by `amount`: negative when a refund failed."""
    refunded = charge["amount_refunded"] + amount
    return box.store.save(charge | {"amount_refunded": refunded, "refunded": refunded == charge["amount"]})


def updated(box: Sandbox, refund: JSON, news: JSON) -> JSON:
    """Change a refund and say so, by its present name and by the one of old."""
    after = box.store.save(refund | news)
    kinds = ("refund.updated", "charge.refund.updated") if refund["charge"] else ("refund.updated",)
    for kind in kinds:
        emit(box, kind, after, changed(refund, after))
    return after


def update(box: Sandbox, params: JSON, refund_id: str) -> JSON:
    """Change the metadata of a refund; nothing else can be."""
    refund = box.need(KIND, refund_id, param="refund")
    return updated(box, refund, {"metadata": merged_metadata(refund, params)})
