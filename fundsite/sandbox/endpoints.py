"""Every endpoint of the API, by its name in Stripe's catalogue.

To add one: name it in `derive.py`, derive, and give it a handler here.
"""

from collections.abc import Callable
from functools import partial

from flask import request

from fundsite.sandbox import (
    account,
    cash,
    customers,
    disputes,
    intent_requests,
    methods,
    payouts,
    prices,
    refund_moves,
    refunds,
    sessions,
    setups,
)
from fundsite.sandbox.billing import bills, invoices, portal, renewals, subscriptions
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.lists import LISTS, Listed, line_items, listing

Handler = Callable[[Sandbox, JSON, str], JSON]  # the last is the id in the address, or nothing
RETRIEVED = {
    "GET /v1/balance_transactions/{id}": "balance_transaction",
    "GET /v1/charges/{charge}": "charge",
    "GET /v1/checkout/sessions/{session}": "checkout.session",
    "GET /v1/customers/{customer}": "customer",
    "GET /v1/disputes/{dispute}": "dispute",
    "GET /v1/events/{id}": "event",
    "GET /v1/invoice_payments/{invoice_payment}": "invoice_payment",
    "GET /v1/invoices/{invoice}": "invoice",
    "GET /v1/payment_intents/{intent}": "payment_intent",
    "GET /v1/payment_methods/{payment_method}": "payment_method",
    "GET /v1/payouts/{payout}": "payout",
    "GET /v1/prices/{price}": "price",
    "GET /v1/products/{id}": "product",
    "GET /v1/refunds/{refund}": "refund",
    "GET /v1/setup_intents/{intent}": "setup_intent",
    "GET /v1/subscriptions/{subscription_exposed_id}": "subscription",
}


def public_url(box: Sandbox) -> str:
    """Return the address under which a payer's browser reaches the hosted page."""
    return (box.config.public_url or request.host_url).rstrip("/")


def _retrieve(kind: str, param: str, box: Sandbox, _params: JSON, object_id: str) -> JSON:
    return box.need(kind, object_id, param=param)


def _list(listed: Listed, box: Sandbox, params: JSON, owner_id: str) -> JSON:
    return listing(box, listed, params, owner_id)


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
    "GET /v1/customers/{customer}/cash_balance": cash.balance,
    "POST /v1/customers/{customer}": customers.update,
    "POST /v1/payment_intents": lambda box, params, _id: intent_requests.create(box, params),
    "POST /v1/payment_intents/{intent}": intent_requests.update,
    "POST /v1/payment_intents/{intent}/cancel": intent_requests.cancel,
    "POST /v1/payment_intents/{intent}/confirm": intent_requests.confirm,
    "POST /v1/payment_methods/{payment_method}/attach": methods.attach,
    "POST /v1/payment_methods/{payment_method}/detach": methods.detach,
    "POST /v1/prices": lambda box, params, _id: prices.create_price(box, params),
    "POST /v1/products": lambda box, params, _id: prices.create_product(box, params),
    "POST /v1/setup_intents/{intent}/cancel": setups.cancel,
    "POST /v1/test_helpers/customers/{customer}/fund_cash_balance": cash.fund,
    "DELETE /v1/subscriptions/{subscription_exposed_id}": subscriptions.cancel,
    "GET /v1/invoices/{invoice}/lines": bills.lines_of,
    "POST /v1/billing_portal/sessions": lambda box, params, _id: portal.create(box, params, public_url(box)),
    "POST /v1/invoices/{invoice}/pay": renewals.pay,
    "POST /v1/invoices/{invoice}/void": invoices.void,
    "POST /v1/subscriptions/{subscription_exposed_id}": subscriptions.update,
    "POST /v1/disputes/{dispute}": disputes.update,
    "POST /v1/disputes/{dispute}/close": disputes.give_in,
    "POST /v1/payouts": lambda box, params, _id: payouts.create(box, params),
    "POST /v1/refunds/{refund}": refunds.update,
    "POST /v1/refunds/{refund}/cancel": refund_moves.cancel,
    "POST /v1/test_helpers/refunds/{refund}/expire": refund_moves.expire,
    "POST /v1/refunds": lambda box, params, _id: refunds.create(box, params),
}
