"""Sessions in subscription mode: the first period is paid on the page, and the rest follows by itself."""

from fundsite.sandbox import intents, methods
from fundsite.sandbox.attempts import Chosen, Result, challenge, complete, with_customer
from fundsite.sandbox.billing import bills, invoices, subscriptions
from fundsite.sandbox.cards import Card
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.lists import line_items
from fundsite.sandbox.methods import Payer


def attempt(box: Sandbox, session: JSON, chosen: Chosen, payer: Payer) -> Result:
    """Try to pay for the first period; a declined card leaves the session open and begins nothing."""
    if not isinstance(chosen, Card):
        raise TypeError("A subscription is paid by card.")
    method = methods.keep_card(box, chosen, payer)
    intent = _intent(box, session) | {"payment_method": method["id"], "status": "requires_confirmation"}
    box.store.save(intent)
    if chosen.asks(off_session=False):
        intents.wait(box, intent, challenge(session))
        return Result("requires_action", session)
    return passed(box, session, intent)


def waiting(box: Sandbox, session: JSON) -> JSON | None:
    """Return the intent whose payer stands before the bank's page, if there is one."""
    intent = box.store.get(box.store.hidden(session["id"]).get("intent", ""))
    return intent if intent and intent["status"] == "requires_action" else None


def passed(box: Sandbox, session: JSON, intent: JSON) -> Result:
    """Charge the first period and begin the subscription."""
    if methods.card_of(box, intent["payment_method"]).behaviour.decline is None:
        session = with_customer(box, session)
        intent = box.store.save(intent | {"customer": session["customer"], "next_action": None})
    intent = intents.charge(box, intent)
    if intent["status"] != "succeeded":
        return Result("declined", session, intent["last_payment_error"]["decline_code"])
    methods.mark_set_up(box, intent["payment_method"])
    methods.give_to(box, box.need(methods.KIND, intent["payment_method"]), session["customer"])
    subscription, invoice = _begun(box, session, intent)
    led_to = {"payment_status": "paid", "subscription": subscription["id"], "invoice": invoice["id"]}
    return complete(box, session, led_to)


def refused(box: Sandbox, session: JSON, intent: JSON) -> Result:
    intents.decline(box, intent, "authentication_failure", code="card_declined")
    return Result("declined", session, "authentication_failure")


def _intent(box: Sandbox, session: JSON) -> JSON:
    """Return the intent of the first period, made at the first attempt; the session does not show it."""
    hidden = box.store.hidden(session["id"])
    known = box.store.get(hidden.get("intent", ""))
    if known:
        return known
    same = {"amount": session["amount_total"], "currency": session["currency"], "customer": session["customer"]}
    intent = intents.new(box, same | {"description": "Subscription creation", "setup_future_usage": "off_session"})
    box.store.hide(session["id"], hidden | {"intent": intent["id"]})
    return intent


def _begun(box: Sandbox, session: JSON, intent: JSON) -> tuple[JSON, JSON]:
    wanted = box.store.hidden(session["id"])["subscription_data"]
    lines = line_items(box, {"limit": 100}, session["id"])["data"]
    subscription = subscriptions.start(box, lines, session["customer"], intent["payment_method"], wanted)
    invoice = bills.draft(box, subscription, "subscription_create")
    invoice = invoices.finalize(box, invoice | {"attempt_count": 1})
    bills.payment(box, invoice, intent)
    invoice = invoices.settle(box, invoice)
    return box.store.save(subscription | {"latest_invoice": invoice["id"]}), invoice
