"""Lists: newest first, with filters and cursors."""

from dataclasses import dataclass
from typing import Any

from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import bad_param, missing
from fundsite.sandbox.store import FOREVER, LINKED, Wanted

MOST, USUAL = 100, 10
COMMON = {"created", "ending_before", "limit", "starting_after"}
ALSO = {  # filters that compare otherwise than by being equal
    "checkout.session": ("customer_details",),
    "event": ("types",),
    "invoice_payment": ("payment",),
    "subscription": ("status",),
}


@dataclass(frozen=True)
class Listed:
    """One list endpoint: the kind it lists, and which parameters compare with which field.

    `links` are parameters that lead to what does not say so itself; `owner` is the kind of the object in the address,
    by which the list is cut.
    """

    kind: str
    url: str
    filters: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    owner: str | None = None


LISTS = {
    "GET /v1/balance_transactions": Listed(
        "balance_transaction", "/v1/balance_transactions", ("currency", "source", "type"), ("payout",)
    ),
    "GET /v1/charges": Listed("charge", "/v1/charges", ("customer", "payment_intent")),
    "GET /v1/checkout/sessions": Listed(
        "checkout.session", "/v1/checkout/sessions", ("customer", "payment_intent", "status", "subscription")
    ),
    "GET /v1/customers": Listed("customer", "/v1/customers", ("email",)),
    "GET /v1/customers/{customer}/cash_balance_transactions": Listed(
        "customer_cash_balance_transaction", "/v1/customers/{customer}/cash_balance_transactions", owner="customer"
    ),
    "GET /v1/customers/{customer}/payment_methods": Listed(
        "payment_method", "/v1/customers/{customer}/payment_methods", ("type",), owner="customer"
    ),
    "GET /v1/disputes": Listed("dispute", "/v1/disputes", ("charge", "payment_intent")),
    "GET /v1/events": Listed("event", "/v1/events", ("type",)),
    "GET /v1/payment_intents": Listed("payment_intent", "/v1/payment_intents", ("customer",)),
    "GET /v1/invoice_payments": Listed("invoice_payment", "/v1/invoice_payments", ("status",), ("invoice",)),
    "GET /v1/invoices": Listed("invoice", "/v1/invoices", ("customer", "status"), ("subscription",)),
    "GET /v1/payment_methods": Listed("payment_method", "/v1/payment_methods", ("customer", "type")),
    "GET /v1/payouts": Listed("payout", "/v1/payouts", ("status",)),
    "GET /v1/prices": Listed("price", "/v1/prices", ("active", "currency", "product", "type")),
    "GET /v1/products": Listed("product", "/v1/products", ("active",)),
    "GET /v1/refunds": Listed("refund", "/v1/refunds", ("charge", "payment_intent")),
    "GET /v1/setup_intents": Listed("setup_intent", "/v1/setup_intents", ("customer", "payment_method")),
    "GET /v1/subscriptions": Listed("subscription", "/v1/subscriptions", ("customer",)),
}


def listing(box: Sandbox, listed: Listed, params: JSON, owner_id: str = "") -> JSON:
    """Return one page of a list that the request's filters and cursor ask for."""
    for name in params.keys() - COMMON - {*listed.filters, *listed.links, *ALSO.get(listed.kind, ())}:
        raise bad_param(f"This sandbox does not know how to filter by `{name}` here.", name)
    since, until = _created(params.get("created"))
    by_link = [name for name in listed.filters if name in LINKED and name in params]
    linked = [name for name in listed.links if name in params] + by_link
    link = (linked[0], params[linked[0]]) if linked else None
    if listed.owner:
        box.need(listed.owner, owner_id, param=listed.owner)
        link = (listed.owner, owner_id)
    wanted = Wanted(
        listed.kind, since=since, until=until, link=link, accepts=lambda body: _accepted(listed, params, body)
    )
    return page(box, wanted, listed.url.replace(f"{{{listed.owner}}}", owner_id), params)


def page(box: Sandbox, wanted: Wanted, url: str, params: JSON) -> JSON:
    """Cut one page: `limit`, `starting_after` (older than) and `ending_before` (newer than)."""
    limit = params.get("limit", USUAL)
    if not 1 <= limit <= MOST:
        message = f"This value must be between 1 and {MOST} (it currently is '{limit}')."
        raise bad_param(message, "limit", "parameter_invalid_integer")
    if {"starting_after", "ending_before"} <= params.keys():
        raise bad_param("You can only use one of starting_after and ending_before.", "starting_after")
    upwards = "ending_before" in params
    bounds = {"above": _place(box, wanted, params, "ending_before", 0)}
    bounds["below"] = _place(box, wanted, params, "starting_after", FOREVER)
    found = box.store.select(Wanted(**{**vars(wanted), **bounds}), limit + 1, upwards=upwards)
    data = found[-limit:] if upwards else found[:limit]
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": data}


def line_items(box: Sandbox, params: JSON, session_id: str) -> JSON:
    """Return the line items of a session, in the order they were given."""
    url = f"/v1/checkout/sessions/{session_id}/line_items"
    return page(box, Wanted("item", link=("session", session_id)), url, params)


def refunds_of(box: Sandbox, charge_id: str) -> JSON:
    return page(box, Wanted("refund", link=("charge", charge_id)), f"/v1/charges/{charge_id}/refunds", {})


def _accepted(listed: Listed, params: JSON, body: JSON) -> bool:
    wanted_types = params.get("types")
    if wanted_types and not any(_type_fits(body["type"], word) for word in wanted_types):
        return False
    if "customer_details" in params:
        known = body["customer_details"] or {}
        if str(known.get("email")).lower() != params["customer_details"]["email"].lower():
            return False
    if "payment" in params and body["payment"].get("payment_intent") != params["payment"].get("payment_intent"):
        return False
    if listed.kind == "subscription" and not _subscription_fits(body["status"], params.get("status")):
        return False
    return all(_equal(body, name, params[name]) for name in listed.filters if name in params)


def _equal(body: JSON, name: str, value: Any) -> bool:
    return _type_fits(body[name], value) if name == "type" else bool(body[name] == value)


def _subscription_fits(status: str, wanted: str | None) -> bool:
    """Compare a subscription's status; without a wish, those that ended are left out."""
    ended = status in ("canceled", "incomplete_expired")
    return {None: not ended, "all": True, "ended": ended}.get(wanted, status == wanted)


def _type_fits(kind: str, wanted: str) -> bool:
    """Compare an event's type, where `charge.*` stands for a family."""
    return kind == wanted or (wanted.endswith("*") and kind.startswith(wanted[:-1]))


def _created(created: Any) -> tuple[int, int]:
    """Return the first and the last second that a `created` filter lets through."""
    if created is None:
        return 0, FOREVER
    if isinstance(created, int):
        return created, created
    return (
        max(created.get("gte", 0), created.get("gt", -1) + 1),
        min(created.get("lte", FOREVER), created.get("lt", FOREVER + 1) - 1),
    )


def _place(box: Sandbox, wanted: Wanted, params: JSON, name: str, default: int) -> int:
    if name not in params:
        return default
    place = box.store.place(params[name])
    if place is None:
        raise missing(wanted.kind, params[name], param=name, status=400)
    return place
