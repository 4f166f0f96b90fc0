"""Every endpoint of the API, by its name in Stripe's catalogue.

To add one: name it in `derive.py`, derive, and give it a handler here.
"""

from collections.abc import Callable
from functools import partial

from flask import request

from fundsite.sandbox import account, customers, refunds, sessions
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.lists import LISTS, Listed, line_items, listing

Handler = Callable[[Sandbox, JSON, str], JSON]  # the last is the id in the address, or nothing
RETRIEVED = {
    "GET /v1/balance_transactions/{id}": "balance_transaction",
    "GET /v1/charges/{charge}": "charge",
    "GET /v1/checkout/sessions/{session}": "checkout.session",
    "GET /v1/customers/{customer}": "customer",
    "GET /v1/events/{id}": "event",
    "GET /v1/payment_intents/{intent}": "payment_intent",
    "GET /v1/refunds/{refund}": "refund",
}


def public_url(box: Sandbox) -> str:
    """Return the address under which a payer's browser reaches the hosted page."""
    return (box.config.public_url or request.host_url).rstrip("/")


def _retrieve(kind: str, param: str, box: Sandbox, _params: JSON, object_id: str) -> JSON:
    return box.need(kind, object_id, param=param)


def _list(listed: Listed, box: Sandbox, params: JSON, _id: str) -> JSON:
    return listing(box, listed, params)


def _line_items(box: Sandbox, params: JSON, session_id: str) -> JSON:
    box.need(sessions.KIND, session_id, param="session")
    return line_items(box, params, session_id)


HANDLERS: dict[str, Handler] = {
    **{name: partial(_retrieve, kind, name.split("{")[1].strip("}")) for name, kind in RETRIEVED.items()},
    **{name: partial(_list, listed) for name, listed in LISTS.items()},
    "GET /v1/account": lambda box, _params, _id: account.account(box),
    "GET /v1/balance": lambda box, _params, _id: account.balance(box),
    "GET /v1/checkout/sessions/{session}/line_items": _line_items,
    "POST /v1/checkout/sessions": lambda box, params, _id: sessions.create(box, params, public_url(box)),
    "POST /v1/checkout/sessions/{session}/expire": lambda box, _params, name: sessions.expire(box, name),
    "POST /v1/customers": lambda box, params, _id: customers.create(box, params),
    "POST /v1/refunds": lambda box, params, _id: refunds.create(box, params),
}
