"""Disputes: a payer's bank takes the money back, and may have to return it."""

from fundsite.sandbox import ledger
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox, merged_metadata
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.events import changed, emit

KIND = "dispute"
FEE = 1300  # yen; it stays lost when the dispute is won
ANSWER_DAYS, DAY = 9, 86400
CLOSED = ("won", "lost", "warning_closed")
EVIDENCE = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal "
    "customer_communication customer_email_address customer_name customer_purchase_ip customer_signature "
    "duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt "
    "refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation "
    "shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number "
    "uncategorized_file uncategorized_text"
)


def begin(box: Sandbox, charge_id: str, amount: int | None = None, reason: str = "fraudulent") -> JSON:
    """Have the bank dispute a charge: the money and a fee leave the account at once."""
    charge = box.need("charge", charge_id)
    _check(box, charge)
    settled = charge["amount"] - charge["amount_refunded"]
    dispute = _new(box, charge, min(amount or settled, settled), reason)
    booked = ledger.book(box, dispute, "adjustment", -dispute["amount"], FEE, "dispute")
    box.store.add(dispute)
    box.store.save(charge | {"disputed": True})
    emit(box, "charge.dispute.created", dispute)
    dispute = box.store.save(dispute | {"balance_transactions": [booked]})
    emit(box, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def begin_when_due(box: Sandbox, charge_id: str) -> None:
    """Dispute the charge of a card that always does, unless somebody did already."""
    charge = box.need("charge", charge_id)
    if not charge["disputed"] and charge["amount_refunded"] < charge["amount"]:
        begin(box, charge_id)


def _check(box: Sandbox, charge: JSON) -> None:
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise StripeError(400, "Only a successful charge that is not disputed yet can be disputed.")
    if box.store.hidden(charge["id"]).get("method", "card") != "card":
        raise StripeError(400, "Only card payments can be disputed.")
    if charge["amount_refunded"] == charge["amount"]:
        raise StripeError(400, "Nothing is left of this charge to be disputed.")


def _new(box: Sandbox, charge: JSON, amount: int, reason: str) -> JSON:
    born = box.born("du")
    brand = charge["payment_method_details"]["card"]["brand"]
    card = {"brand": brand, "case_type": "chargeback", "network": brand, "network_reason_code": "10.4"}
    enhanced = dict.fromkeys(("mastercard_compliance", "visa_compelling_evidence_3", "visa_compliance"))
    return {
        **blank(KIND),
        **born,
        "amount": amount,
        "charge": charge["id"],
        "currency": charge["currency"],
        "evidence": dict.fromkeys(EVIDENCE.split()) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": born["created"] + ANSWER_DAYS * DAY,
            "enhanced_eligibility": enhanced,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "metadata": {},
        "network_reason_code": "10.4",
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": card, "type": "card"},
        "reason": reason,
        "status": "needs_response",
    }


def update(box: Sandbox, params: JSON, dispute_id: str) -> JSON:
    """Answer a dispute; evidence is submitted unless the request says otherwise."""
    dispute = _open(box, dispute_id)
    news: JSON = {"metadata": merged_metadata(dispute, params)}
    if "evidence" in params:
        news["evidence"] = dispute["evidence"] | (params["evidence"] or {})
        details = dispute["evidence_details"] | {"has_evidence": True}
        if params.get("submit", True):
            details |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
            news["status"] = "under_review"
        news["evidence_details"] = details
    after = box.store.save(dispute | news)
    emit(box, "charge.dispute.updated", after, changed(dispute, after))
    return after


def give_in(box: Sandbox, _params: JSON, dispute_id: str) -> JSON:
    """Accept a dispute: it is lost."""
    return close(box, dispute_id, won=False)


def close(box: Sandbox, dispute_id: str, *, won: bool) -> JSON:
    """Have the bank decide; what is won comes back without the fee."""
    dispute = _open(box, dispute_id)
    news: JSON = {"status": "won" if won else "lost"}
    if won:
        booked = ledger.book(box, dispute, "adjustment", dispute["amount"], 0, "dispute_reversal")
        news["balance_transactions"] = [*dispute["balance_transactions"], booked]
    after = box.store.save(dispute | news)
    emit(box, "charge.dispute.closed", after)
    if won:
        emit(box, "charge.dispute.funds_reinstated", after)
    return after


def _open(box: Sandbox, dispute_id: str) -> JSON:
    dispute = box.need(KIND, dispute_id, param="dispute")
    if dispute["status"] in CLOSED:
        raise StripeError(400, f"This dispute is closed: its status is {dispute['status']}.", kept=True)
    return dispute
