"""Payouts: what is available goes to the account's bank, and each payout knows what it is made of."""

from fundsite.sandbox import ledger
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox, metadata_of
from fundsite.sandbox.errors import StripeError, bad_param
from fundsite.sandbox.events import changed, emit
from fundsite.sandbox.store import EVERYTHING, Wanted

KIND = "payout"
ENTRY = "balance_transaction"
PAID = "payout_of"  # the mark of an entry that a payout has taken along
DAY = 86400


def pay_out(box: Sandbox, currency: str, *, everything: bool = False) -> JSON:
    """Send what is available to the bank, as Stripe does by itself on its days; `everything` waits for nothing.

    Each balance transaction is part of one automatic payout at most, so that its list adds up to its amount.
    """
    with box.store.transaction():
        entries = box.store.select(Wanted(ENTRY, accepts=lambda one: _ripe(box, one, currency, everything)), EVERYTHING)
        amount = sum(entry["net"] for entry in entries)
        if amount < 1:
            raise StripeError(400, f"There is nothing to pay out: {amount} {currency}.", code="balance_insufficient")
        payout = _new(box, amount, currency, {}) | {"automatic": True, "reconciliation_status": "completed"}
        payout = _sent(box, payout)
        for entry in entries:
            _taken(box, entry, payout)
        return payout


def create(box: Sandbox, params: JSON) -> JSON:
    """Pay out by hand; such a payout does not say what it is made of."""
    currency = params["currency"].lower()
    if params["amount"] < 1:
        raise bad_param("Invalid positive integer", "amount", "parameter_invalid_integer")
    ready = sum(one["net"] for one in box.store.select(Wanted(ENTRY), EVERYTHING) if _ripe(box, one, currency, False))
    if params["amount"] > ready:
        message = "You have insufficient funds in your Stripe account for this transfer."
        raise StripeError(400, message, code="balance_insufficient", kept=True)
    payout = _new(box, params["amount"], currency, params)
    return _sent(box, payout | {"automatic": False, "reconciliation_status": "not_applicable"})


def _ripe(box: Sandbox, entry: JSON, currency: str, everything: bool) -> bool:
    if entry["currency"] != currency or box.store.hidden(entry["id"]).get(PAID):
        return False
    return everything or entry["available_on"] <= box.clock.now()


def _new(box: Sandbox, amount: int, currency: str, params: JSON) -> JSON:
    born = box.born("po")
    return {
        **blank(KIND),
        **born,
        "amount": amount,
        "arrival_date": born["created"] // DAY * DAY + DAY,
        "currency": currency,
        "description": params.get("description") or "STRIPE PAYOUT",
        "destination": "ba_sandbox",
        "metadata": metadata_of(params),
        "method": params.get("method", "standard"),
        "source_type": "card",
        "statement_descriptor": params.get("statement_descriptor"),
        "status": "pending",
        "type": "bank_account",
    }


def _sent(box: Sandbox, payout: JSON) -> JSON:
    """Take the money off the balance; it arrives a little later."""
    booked = ledger.book(box, payout, "payout", -payout["amount"], at_once=True)
    payout["balance_transaction"] = booked["id"]
    box.store.add(payout)
    emit(box, "payout.created", payout)
    if payout["automatic"]:
        _taken(box, booked, payout)
    box.later(box.config.settle_after, "payout.arrive", payout["id"])
    return payout


def _taken(box: Sandbox, entry: JSON, payout: JSON) -> None:
    box.store.link(entry["id"], "payout", payout["id"])
    box.store.hide(entry["id"], {PAID: payout["id"]})
    if entry["status"] == "pending":
        ledger.ripen(box, entry["id"])


def arrive(box: Sandbox, payout_id: str) -> None:
    """Let a payout reach the bank, unless it failed before."""
    payout = box.need(KIND, payout_id)
    if payout["status"] != "pending":
        return
    after = box.store.save(payout | {"status": "paid"})
    emit(box, "payout.updated", after, changed(payout, after))
    emit(box, "payout.paid", after)
