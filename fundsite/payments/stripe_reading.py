"""What Stripe's objects say, in the product's words. Takes plain dictionaries; talks to nobody.

Shapes are those of the API version that the gateway asks for [docs.stripe.com/api].
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fundsite.payments.gateway import CheckoutState, GatewayEvent, Movement, PaymentState, RefundState, Voucher

REFERENCE_KEY = "fundsite_reference"
SITE_KEY = "fundsite_site"
REFUND_KEY = "fundsite_refund"
CHARGE_KEY = "fundsite_charge"
Object = dict[str, Any]

METHODS = {"card": "card", "konbini": "konbini", "customer_balance": "bank", "link": "card"}
PAYMENT_STATUSES = {"succeeded": "paid", "canceled": "canceled", "processing": "waiting", "requires_capture": "waiting"}
REFUND_STATUSES = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
CASH = {"cash_balance", "customer_cash_balance_transaction"}  # a customer's transfers; they bear no mark of ours
DISPUTES = {"won": "won", "lost": "lost", "warning_closed": "won", "prevented": "won"}
# Of which kind a dispute's balance transaction is: its amount, and its fee.
DISPUTE_TAKES, DISPUTE_RETURNS = ("dispute", "dispute_fee"), ("dispute_returned", "fee_returned")


def moment(stamp: int) -> datetime:
    """Turn Stripe's seconds into a moment."""
    return datetime.fromtimestamp(stamp, UTC)


def id_of(value: Any) -> str | None:
    """Return the id of a reference that may have been expanded."""
    return value.get("id") if isinstance(value, dict) else value


def reference_of(subject: Object, site: str) -> str | None:
    """Return our reference on an object; None if it is not this site's."""
    marks = subject.get("metadata") or {}
    return marks.get(REFERENCE_KEY) if marks.get(SITE_KEY) == site else None


def checkout_state(session: Object, site: str) -> CheckoutState:
    """Read a checkout session."""
    return CheckoutState(
        id=session["id"],
        status=session["status"],
        paid=session["payment_status"] == "paid",
        amount=session.get("amount_total") or 0,
        currency=(session.get("currency") or "").upper(),
        reference=reference_of(session, site),
        url=session.get("url"),
        payment_intent_id=id_of(session.get("payment_intent")),
        saves_card=session.get("mode") == "setup",
        saved_card_id=_saved_card_of(session),
        customer_id=id_of(session.get("customer")),
        subscription_id=id_of(session.get("subscription")),
        methods=tuple(METHODS.get(name, name) for name in session.get("payment_method_types") or ()),
    )


def _saved_card_of(session: Object) -> str | None:
    """Return the card that a session saved, where its SetupIntent is expanded."""
    setup = session.get("setup_intent")
    if not isinstance(setup, dict) or setup.get("status") != "succeeded":
        return None
    return id_of(setup.get("payment_method"))


def _charge_number(intent: Object) -> int | None:
    number = str((intent.get("metadata") or {}).get(CHARGE_KEY) or "")
    return int(number) if number.isdecimal() else None


def _status_of(intent: Object, *, awaited: bool) -> str:
    """Say how a payment stands. One of a saved card that wants anything of its absent payer has failed for good."""
    status = PAYMENT_STATUSES.get(intent["status"], "waiting" if awaited else "open")
    return "failed" if status == "open" and _charge_number(intent) is not None else status


def payment_state(intent: Object, refunds: list[Object], disputes: list[Object], site: str) -> PaymentState:
    """Read a PaymentIntent whose latest charge and balance transaction are expanded, with what followed from it."""
    charge: Object = intent["latest_charge"] if isinstance(intent.get("latest_charge"), dict) else {}
    paid = intent["status"] == "succeeded"
    error = intent.get("last_payment_error") or {}
    details = charge.get("payment_method_details") or {}
    voucher = voucher_of(intent)
    dispute, dispute_id = _dispute(disputes)
    return PaymentState(
        id=intent["id"],
        status=_status_of(intent, awaited=voucher is not None),  # type: ignore[arg-type]
        reference=reference_of(intent, site),
        amount=intent["amount"],
        received=_received(intent, voucher),
        currency=intent["currency"].upper(),
        method=METHODS.get(details.get("type", ""), voucher.method if voucher else ""),  # type: ignore[arg-type]
        decline=error.get("decline_code") or error.get("code") or "",
        dispute=dispute,  # type: ignore[arg-type]
        dispute_id=dispute_id,
        fee_known=isinstance(charge.get("balance_transaction"), dict),
        movements=tuple(_movements(intent, charge, refunds, disputes)) if paid else (),
        refunds=tuple(refund_state(refund) for refund in refunds),
        voucher=voucher,
        customer_id=id_of(intent.get("customer")),
        charge_number=_charge_number(intent),
        dispute_due_at=_answer_until(disputes, dispute_id) if dispute == "open" else None,
    )


def _received(intent: Object, voucher: Voucher | None) -> int:
    """Return what has come by now; of a transfer that came short, Stripe says only what is missing."""
    if voucher and voucher.method == "bank":
        return int(intent["amount"]) - voucher.missing
    return intent.get("amount_received") or 0


def refund_state(refund: Object) -> RefundState:
    """Read a refund; one that waits for the payee counts as on its way."""
    return RefundState(
        id=refund["id"],
        status=REFUND_STATUSES.get(refund["status"] or "", "pending"),  # type: ignore[arg-type]
        amount=refund["amount"],
        marker=(refund.get("metadata") or {}).get(REFUND_KEY),
    )


def _movements(intent: Object, charge: Object, refunds: list[Object], disputes: list[Object]) -> Iterator[Movement]:
    balance = charge.get("balance_transaction")
    taken = balance if isinstance(balance, dict) else None
    at = moment(charge.get("created") or intent["created"])
    yield Movement("charge", intent["id"], intent["amount_received"], at, id_of(balance))
    if taken and taken["fee"]:
        yield Movement("fee", intent["id"], -taken["fee"], at, taken["id"])
    for refund in refunds:
        when = moment(refund["created"])
        yield Movement("refund", refund["id"], -refund["amount"], when, id_of(refund.get("balance_transaction")))
        if refund_state(refund).status == "failed":
            back = id_of(refund.get("failure_balance_transaction"))
            yield Movement("refund_failed", refund["id"], refund["amount"], when, back)
    for dispute in disputes:
        for row in dispute.get("balance_transactions") or []:
            yield from _of_dispute(row)


def _of_dispute(row: Object) -> Iterator[Movement]:
    whole, fee = DISPUTE_TAKES if row["amount"] < 0 else DISPUTE_RETURNS
    at = moment(row["created"])
    if row["amount"]:
        yield Movement(whole, row["id"], row["amount"], at, row["id"])
    if row["fee"]:
        fee = "dispute_fee" if row["fee"] > 0 else "fee_returned"
        yield Movement(fee, row["id"], -row["fee"], at, row["id"])


def _dispute(disputes: list[Object]) -> tuple[str, str]:
    """Say how the dispute stands that matters most, and which it is; an inquiry that took no money is none."""
    taken = [(DISPUTES.get(row["status"], "open"), row["id"]) for row in disputes if row.get("balance_transactions")]
    return next((found for wanted in ("open", "lost", "won") for found in taken if found[0] == wanted), ("", ""))


def _answer_until(disputes: list[Object], dispute_id: str) -> datetime | None:
    """Return until when a dispute can be answered, where Stripe says so."""
    for row in disputes:
        if row["id"] == dispute_id and (row.get("evidence_details") or {}).get("due_by"):
            return moment(row["evidence_details"]["due_by"])
    return None


def voucher_of(intent: Object) -> Voucher | None:
    """Read how an awaited payment can be made, where Stripe has said so."""
    action = intent.get("next_action") or {}
    if action.get("type") == "konbini_display_details":
        return _konbini(action["konbini_display_details"], intent)
    if action.get("type") == "display_bank_transfer_instructions":
        return _transfer(action["display_bank_transfer_instructions"])
    return None


CODES = ("payment_code", "confirmation_number")


def _konbini(details: Object, intent: Object) -> Voucher:
    stores = (details.get("stores") or {}).items()
    lines = [(f"{name}.{code}", store[code]) for name, store in stores for code in CODES if (store or {}).get(code)]
    expires = moment(details["expires_at"]) if details.get("expires_at") else None
    return Voucher("konbini", details.get("hosted_voucher_url") or "", intent["amount"], expires, tuple(lines))


def _transfer(details: Object) -> Voucher:
    lines = []
    for address in details.get("financial_addresses") or []:
        account = address.get("zengin") or {}
        lines += [(name, str(account[name])) for name in ZENGIN if account.get(name)]
    url = details.get("hosted_instructions_url") or ""
    return Voucher("bank", url, details.get("amount_remaining") or 0, None, tuple(lines))


ZENGIN = (
    "bank_name",
    "bank_code",
    "branch_name",
    "branch_code",
    "account_type",
    "account_number",
    "account_holder_name",
)


def event_of(event: Object, site: str) -> GatewayEvent:
    """Read an event: which session, payment or subscription it hints at."""
    subject = event["data"]["object"]
    kind, number = str(subject.get("object", "")), str(subject.get("id", ""))
    payment = id_of(subject.get("payment_intent")) if kind in {"charge", "refund", "dispute"} else None
    return GatewayEvent(
        id=str(event["id"]),
        type=str(event["type"]),
        object_id=number,
        reference=reference_of(subject, site) or reference_of(subscription_details(subject), site),
        session_id=number if kind == "checkout.session" else None,
        payment_id=number if kind == "payment_intent" else payment,
        subscription_id=number if kind == "subscription" else id_of(subscription_details(subject).get("subscription")),
        payout_id=number if kind == "payout" else None,
        customer_id=id_of(subject.get("customer")) if kind in CASH else None,
    )


def subscription_details(subject: Object) -> Object:
    """Return what an invoice says of its subscription: which it is, and the marks that stand on it."""
    if subject.get("object") != "invoice":
        return {}
    found: Object = (subject.get("parent") or {}).get("subscription_details") or {}
    return found
