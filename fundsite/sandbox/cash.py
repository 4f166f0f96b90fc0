"""Bank transfers: a customer's cash balance, what comes into it, and the payments that it covers."""

import secrets

from fundsite.sandbox import delayed, intents
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import bad_param
from fundsite.sandbox.events import emit
from fundsite.sandbox.store import EVERYTHING, Wanted

ACTION = "display_bank_transfer_instructions"
ENTRY = "customer_cash_balance_transaction"
DETAILS = ("applied_to_payment", "funded", "refunded_from_payment", "unapplied_from_payment")
ADDRESS = {
    "city": "千代田区",
    "country": "JP",
    "line1": "丸の内1-1-1",
    "line2": None,
    "postal_code": "1000005",
    "state": "東京都",
}
BANK = {"bank_address": ADDRESS, "bank_code": "9999", "bank_name": "テスト銀行", "branch_code": "001"}


def begin(box: Sandbox, session: JSON, intent: JSON) -> JSON:
    """Say where to send the money to, and use what the customer has left from before."""
    page = session["url"].replace("/c/pay/", "/bank-transfer/")
    details = {
        "amount_remaining": intent["amount"],
        "currency": intent["currency"],
        "financial_addresses": [_account(box, intent["customer"])],
        "hosted_instructions_url": page,
        "reference": f"SB{secrets.randbelow(10**8):08}",
        "type": "jp_bank_transfer",
    }
    intent = intents.wait(box, intent, {"type": ACTION, ACTION: details})
    apply(box, intent["customer"], intent["currency"])
    return box.need(intents.KIND, intent["id"])


def _account(box: Sandbox, customer_id: str) -> JSON:
    """Return the account number that is this customer's alone; it stays the same for each payment."""
    holder = {"account_holder_address": ADDRESS, "account_holder_name": "テスト シュウノウ", "account_type": "futsu"}
    number = f"{(box.store.place(customer_id) or 0) % 10**7:07}"
    zengin = holder | BANK | {"branch_name": "テスト支店", "account_number": number}
    return {"supported_networks": ["zengin"], "type": "zengin", "zengin": zengin}


def balance(box: Sandbox, _params: JSON, customer_id: str) -> JSON:
    """Add up what a customer has sent and no payment has used."""
    box.need("customer", customer_id, param="customer")
    sums: dict[str, int] = {}
    for entry in box.store.select(Wanted(ENTRY, link=("customer", customer_id)), EVERYTHING):
        sums[entry["currency"]] = sums.get(entry["currency"], 0) + entry["net_amount"]
    return blank("cash_balance") | {
        "available": {currency: amount for currency, amount in sums.items() if amount} or None,
        "customer": customer_id,
        "settings": {"reconciliation_mode": "automatic", "using_merchant_default": True},
    }


def available(box: Sandbox, customer_id: str, currency: str) -> int:
    return int((balance(box, {}, customer_id)["available"] or {}).get(currency, 0))


def fund(box: Sandbox, params: JSON, customer_id: str) -> JSON:
    """Let a transfer come in, and use it for the customer's open payments, oldest first."""
    with box.store.transaction():
        box.need("customer", customer_id, param="customer")
        if params["amount"] < 1:
            raise bad_param("Invalid positive integer", "amount", "parameter_invalid_integer")
        currency = params["currency"].lower()
        sender = {"sender_bank": "テスト銀行", "sender_branch": "本店", "sender_name": "テスト タロウ"}
        transfer = {"jp_bank_transfer": sender, "reference": params.get("reference"), "type": "jp_bank_transfer"}
        entry = move(box, customer_id, currency, params["amount"], funded={"bank_transfer": transfer})
        apply(box, customer_id, currency)
        if available(box, customer_id, currency):
            emit(box, "cash_balance.funds_available", balance(box, {}, customer_id))
        return entry


def move(box: Sandbox, customer_id: str, currency: str, amount: int, **details: JSON | None) -> JSON:
    """Write one entry of a cash balance; what it is for says the one detail that is given."""
    ((kind, detail),) = details.items()
    entry = {
        **{name: value for name, value in blank(ENTRY).items() if name not in DETAILS},
        **box.born("ccsbtxn"),
        "currency": currency,
        "customer": customer_id,
        "ending_balance": available(box, customer_id, currency) + amount,
        "net_amount": amount,
        "type": kind,
        **dict.fromkeys(DETAILS),
        **({kind: detail} if detail else {}),
    }
    emit(box, "customer_cash_balance_transaction.created", box.store.add(entry))
    return entry


def apply(box: Sandbox, customer_id: str, currency: str) -> None:
    """Cover what is waiting, oldest first, in whole or in part, until nothing is left."""
    waiting = Wanted(intents.KIND, link=("customer", customer_id), accepts=lambda intent: _takes(intent, currency))
    for intent in box.store.select(waiting, EVERYTHING)[::-1]:
        left = available(box, customer_id, currency)
        if left:
            _cover(box, intent, min(left, intent["next_action"][ACTION]["amount_remaining"]))


def _takes(intent: JSON, currency: str) -> bool:
    return is_waiting(intent) and intent["currency"] == currency


def is_waiting(intent: JSON) -> bool:
    return bool(intent["status"] == "requires_action" and ACTION in (intent["next_action"] or {}))


def _cover(box: Sandbox, intent: JSON, amount: int) -> None:
    details = intent["next_action"][ACTION]
    move(box, intent["customer"], intent["currency"], -amount, applied_to_payment={"payment_intent": intent["id"]})
    remaining = details["amount_remaining"] - amount
    if not remaining:
        delayed.arrived(box, intent, {})
        return
    action = {"type": ACTION, ACTION: details | {"amount_remaining": remaining}}
    emit(box, "payment_intent.partially_funded", box.store.save(intent | {"next_action": action}))


def release(box: Sandbox, intent: JSON) -> None:
    """Give what a canceled payment had already got back to the customer's balance."""
    got = intent["amount"] - intent["next_action"][ACTION]["amount_remaining"]
    if got:
        unapplied = {"payment_intent": intent["id"]}
        move(box, intent["customer"], intent["currency"], got, unapplied_from_payment=unapplied)
