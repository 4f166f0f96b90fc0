"""Subscriptions: what they look like, how they begin, change and end."""

from fundsite.sandbox import methods
from fundsite.sandbox.billing import periods
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox, merged_metadata, metadata_of
from fundsite.sandbox.errors import StripeError, bad_param
from fundsite.sandbox.events import changed, emit

KIND = "subscription"
ENDED = ("canceled", "incomplete_expired")
CHANGEABLE = ("cancel_at_period_end", "cancellation_details", "default_payment_method", "description", "metadata")


def start(box: Sandbox, lines: list[JSON], customer_id: str, method_id: str, wanted: JSON) -> JSON:
    """Begin a subscription that is paid for; its first period starts now."""
    born = box.born("sub")
    items = [_item(box, born["id"], born["created"], line) for line in lines]
    subscription = {
        **blank(KIND),
        **born,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": born["created"],
        "billing_mode": {"flexible": None, "type": "flexible", "updated_at": None},
        "cancellation_details": dict.fromkeys(("comment", "feedback", "feedback_option", "reason")),
        "collection_method": "charge_automatically",
        "currency": items[0]["price"]["currency"],
        "customer": customer_id,
        "default_payment_method": method_id,
        "description": wanted.get("description"),
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": {
            "object": "list",
            "data": items,
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={born['id']}",
        },
        "metadata": metadata_of(wanted),
        "start_date": born["created"],
        "status": "active",
    }
    box.store.add(subscription)
    emit(box, "customer.subscription.created", subscription)
    arrange(box, subscription)
    return subscription


def _item(box: Sandbox, subscription_id: str, now: int, line: JSON) -> JSON:
    price = line["price"]
    return {
        **blank("subscription_item"),
        **box.born("si"),
        "current_period_end": periods.end_of(now, price["recurring"], now),
        "current_period_start": now,
        "metadata": {},
        "plan": _plan(price),
        "price": price,
        "quantity": line["quantity"],
        "subscription": subscription_id,
        "tax_rates": [],
    }


def _plan(price: JSON) -> JSON:
    same = ("id", "active", "billing_scheme", "created", "currency", "livemode", "metadata", "nickname", "product")
    plan = blank("plan") | {name: price[name] for name in same}
    plan |= {name: price["recurring"][name] for name in ("interval", "interval_count", "usage_type")}
    return plan | {"amount": price["unit_amount"], "amount_decimal": price["unit_amount_decimal"]}


def period_end(subscription: JSON) -> int:
    return int(subscription["items"]["data"][0]["current_period_end"])


def arrange(box: Sandbox, subscription: JSON) -> None:
    """Have the next period begin when this one ends."""
    box.later(period_end(subscription) - box.clock.now(), "subscription.renew", subscription["id"])


def change(box: Sandbox, subscription: JSON, news: JSON) -> JSON:
    """Change a subscription and say so, with what was before."""
    after = box.store.save(subscription | news)
    before = changed(subscription, after)
    if before:
        emit(box, "customer.subscription.updated", after, before)
    return after


def update(box: Sandbox, params: JSON, subscription_id: str) -> JSON:
    """Change what a request asks: the card, the words, or whether it ends with its period."""
    subscription = _going(box, subscription_id)
    for name in params:
        if name not in CHANGEABLE:
            raise bad_param(f"This sandbox does not know how to change `{name}` of a subscription.", name)
    news = {name: value or None for name, value in params.items() if name in ("default_payment_method", "description")}
    if params.get("default_payment_method"):
        _own(box, subscription, params["default_payment_method"])
    if "metadata" in params:
        news["metadata"] = merged_metadata(subscription, params)
    if "cancel_at_period_end" in params:
        news |= _ending(box, subscription, wanted=params["cancel_at_period_end"])
    if "cancellation_details" in params:
        before = news.get("cancellation_details", subscription["cancellation_details"])
        news["cancellation_details"] = before | params["cancellation_details"]
    return change(box, subscription, news)


def _ending(box: Sandbox, subscription: JSON, *, wanted: bool) -> JSON:
    reason = "cancellation_requested" if wanted else None
    return {
        "cancel_at_period_end": wanted,
        "cancel_at": period_end(subscription) if wanted else None,
        "canceled_at": box.clock.seconds() if wanted else None,
        "cancellation_details": subscription["cancellation_details"] | {"reason": reason},
    }


def cancel(box: Sandbox, params: JSON, subscription_id: str) -> JSON:
    """End a subscription now; what was paid for stays paid."""
    subscription = _going(box, subscription_id)
    details = subscription["cancellation_details"] | params.get("cancellation_details", {})
    return end(box, subscription | {"cancellation_details": details}, "cancellation_requested")


def end(box: Sandbox, subscription: JSON, reason: str) -> JSON:
    now = box.clock.seconds()
    ended = {"status": "canceled", "ended_at": now, "canceled_at": subscription["canceled_at"] or now}
    ended["cancellation_details"] = subscription["cancellation_details"] | {"reason": reason}
    subscription = box.store.save(subscription | ended)
    emit(box, "customer.subscription.deleted", subscription)
    return subscription


def _going(box: Sandbox, subscription_id: str) -> JSON:
    subscription = box.need(KIND, subscription_id)
    if subscription["status"] in ENDED:
        message = f"No such subscription: '{subscription_id}'"
        raise StripeError(404, message, code="resource_missing", param="id")
    return subscription


def _own(box: Sandbox, subscription: JSON, method_id: str) -> None:
    method = box.need(methods.KIND, method_id, param="default_payment_method", status=400)
    if method["customer"] != subscription["customer"]:
        message = f"The customer does not have a payment method with the ID {method_id}."
        raise StripeError(400, message, param="default_payment_method", kept=True)
