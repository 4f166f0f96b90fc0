"""Doors for tests and the demo, under `/_sandbox/`: what only a sandbox can do."""

from functools import partial
from typing import Any

from flask import Flask, Response, jsonify, request

from fundsite.sandbox import deliveries, desk, jobs
from fundsite.sandbox.account import account
from fundsite.sandbox.cards import Card, digits
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.doors import billing, later, money, time
from fundsite.sandbox.doors.body import asked
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.events import emit
from fundsite.sandbox.methods import Payer
from fundsite.sandbox.store import EVERYTHING, Wanted

BOOKS = {
    "sessions": ("checkout.session", ("status", "payment_status", "amount_total", "payment_intent")),
    "payment_intents": ("payment_intent", ("status", "amount", "amount_received", "customer", "latest_charge")),
    "setup_intents": ("setup_intent", ("status", "customer", "payment_method")),
    "charges": ("charge", ("status", "amount", "amount_refunded", "payment_intent", "balance_transaction")),
    "refunds": ("refund", ("status", "amount", "charge", "payment_intent")),
    "disputes": ("dispute", ("status", "amount", "charge", "payment_intent", "reason")),
    "subscriptions": ("subscription", ("status", "customer", "cancel_at_period_end", "latest_invoice")),
    "invoices": ("invoice", ("status", "customer", "amount_due", "amount_paid", "attempt_count", "billing_reason")),
    "payouts": ("payout", ("status", "amount", "automatic")),
    "balance_transactions": ("balance_transaction", ("type", "amount", "fee", "net", "source", "reporting_category")),
    "cash": ("customer_cash_balance_transaction", ("type", "customer", "net_amount", "ending_balance")),
}
IN_EVERY_BOOK = ("id", "created", "currency", "metadata")


def register(app: Flask, box: Sandbox) -> None:
    """Add the doors. Nothing guards them: the sandbox holds no money."""
    for rule, method, view in DOORS:
        name = f"sandbox.{view.__name__.strip('_')}"
        app.add_url_rule(f"/_sandbox/{rule}", name, partial(_answer, box, view), methods=[method])


def _answer(box: Sandbox, view: Any, **address: str) -> Response | tuple[Response, int]:
    try:
        return jsonify(view(box, **address))
    except StripeError as error:
        return jsonify(error=error.message), error.status
    except (ValueError, TypeError) as error:
        return jsonify(error=str(error)), 400


def health(_box: Sandbox) -> JSON:
    return {"ok": True}


def reset(box: Sandbox) -> JSON:
    """Forget everything: objects, webhooks, faults, replies and the clock. For many examples against one sandbox."""
    box.faults.clear()
    with box.store.transaction():
        box.store.clear()
        box.clock.ahead = 0.0
        return {"account": account(box)["id"]}


def sessions(box: Sandbox) -> JSON:
    status = request.args.get("status")
    wanted = Wanted("checkout.session", accepts=lambda body: status in (None, body["status"]))
    return {"sessions": box.store.select(wanted, EVERYTHING)}


def pay(box: Sandbox, session_id: str) -> JSON:
    """Pay without a browser: `card` (a number) or `method` (`konbini`, `customer_balance`), `email`, `name`.

    Where the card asks for authentication, `authenticate` says how that ends: true (default), false, or null
    to leave the payer standing there.
    """
    given = asked()
    payer = Payer(given.get("email", "taro@example.org"), given.get("name", "TEST TARO"))
    chosen = given.get("method") or Card(digits(given.get("card", "4242424242424242")))
    result = desk.attempt(box, session_id, chosen, payer)
    if result.outcome == "requires_action" and given.get("authenticate", True) is not None:
        result = desk.authenticate(box, session_id, passed=given.get("authenticate", True))
    box.nudge.set()
    return {"outcome": result.outcome, "decline_code": result.decline, "session": result.session}


def send_event(box: Sandbox) -> JSON:
    """Send an event of any type about any object, such as one that another integration made."""
    given = asked("type", "object")
    return emit(box, str(given["type"]) if "type" in given else "ping", given.get("object", {}))


def resend_event(box: Sandbox, event_id: str) -> JSON:
    """Send an event once more, as from the dashboard; faults do not touch it."""
    event = box.need("event", event_id)
    deliveries.queue(box, event, faithfully=True)
    return event


def show_deliveries(box: Sandbox) -> JSON:
    return {"deliveries": deliveries.listing(box, request.args.get("status"))}


def show_faults(box: Sandbox) -> JSON:
    return box.faults.document()


def put_faults(box: Sandbox) -> JSON:
    box.faults.put(asked())
    return box.faults.document()


def clear_faults(box: Sandbox) -> JSON:
    box.faults.clear()
    return box.faults.document()


def books(box: Sandbox) -> JSON:
    """Return every movement of money and what it belongs to, to be compared with someone else's books."""
    with box.store.transaction():
        jobs.run_due(box)
        return {name: [_line(box, body, fields) for body in _all(box, kind)] for name, (kind, fields) in BOOKS.items()}


def _all(box: Sandbox, kind: str) -> list[JSON]:
    return box.store.select(Wanted(kind), EVERYTHING)[::-1]


def _line(box: Sandbox, body: JSON, fields: tuple[str, ...]) -> JSON:
    line = {name: body[name] for name in (*IN_EVERY_BOOK, *fields) if name in body}
    booked = box.store.get(body.get("balance_transaction") or "")
    if body["object"] == "checkout.session":
        line["client_reference_id"] = body["client_reference_id"]
    return line | ({"fee": booked["fee"], "net": booked["net"]} if booked else {})


DOORS: tuple[tuple[str, str, Any], ...] = (
    ("health", "GET", health),
    ("reset", "POST", reset),
    ("sessions", "GET", sessions),
    ("sessions/<session_id>/pay", "POST", pay),
    ("events", "POST", send_event),
    ("events/<event_id>/resend", "POST", resend_event),
    ("deliveries", "GET", show_deliveries),
    ("faults", "GET", show_faults),
    ("faults", "POST", put_faults),
    ("faults", "DELETE", clear_faults),
    ("books", "GET", books),
    *billing.DOORS,
    *later.DOORS,
    *money.DOORS,
    *time.DOORS,
)
