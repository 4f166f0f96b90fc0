"""What Stripe refuses in a new Checkout Session beyond names and types of parameters."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from fundsite.sandbox import lines, offered
from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import bad_param

SOONEST, LATEST = 30 * 60, 24 * 3600
MINIMUM = {"jpy": (50, "¥50 jpy"), "usd": (50, "$0.50 usd"), "eur": (50, "€0.50 eur")}
MODES = ("payment", "setup", "subscription")
PREFIX = "SANDBOX* "
DESCRIPTOR_LENGTH = 22
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


ONLY_IN = {"payment": "payment_intent_data", "setup": "setup_intent_data", "subscription": "subscription_data"}


def check_session(box: Sandbox, params: JSON) -> None:
    """Raise the first refusal; a session that passes can be opened."""
    for rule in RULES:
        rule(box, params)


def _mode(_box: Sandbox, params: JSON) -> None:
    if "mode" not in params:
        raise bad_param("Missing required param: mode.", "mode", "parameter_missing")
    for mode in MODES:
        name = ONLY_IN[mode]
        if name in params and params["mode"] != mode:
            raise bad_param(f"You can not pass `{name}` in `{params['mode']}` mode.", name)
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise bad_param(f"This sandbox does not know ui_mode `{params['ui_mode']}`.", "ui_mode")


def _urls(_box: Sandbox, params: JSON) -> None:
    if "success_url" not in params:
        message = "Missing required param: success_url."
        raise bad_param(message, "success_url", "parameter_missing")
    for name in ("success_url", "cancel_url"):
        target = urlsplit(params.get(name, "https://example.org"))
        if target.scheme not in ("http", "https") or not target.netloc:
            raise bad_param(f"Invalid URL: {params[name]}. URLs must begin with http or https.", name, "url_invalid")


def _expiry(box: Sandbox, params: JSON) -> None:
    ahead = params.get("expires_at", box.clock.seconds() + LATEST) - box.clock.seconds()
    if ahead < SOONEST:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise bad_param(message, "expires_at")
    if ahead > LATEST:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise bad_param(message, "expires_at")


def _lines(box: Sandbox, params: JSON) -> None:
    given = params.get("line_items") or []
    if params["mode"] == "setup":
        if given:
            raise bad_param("`line_items` can not be used in `setup` mode.", "line_items")
        if "currency" not in params:
            message = "You must specify `currency` in `setup` mode when no payment method types are given."
            raise bad_param(message, "currency", "parameter_missing")
        return
    if not given:
        message = f"The `line_items` parameter is required in {params['mode']} mode."
        raise bad_param(message, "line_items", "parameter_missing")
    lines.check_lines(box, given, recurring=params["mode"] == "subscription")


def _amount(box: Sandbox, params: JSON) -> None:
    if params["mode"] == "setup":
        return
    currency = lines.currency(box, params["line_items"])
    due = lines.total(box, params["line_items"])
    least, words = MINIMUM.get(currency, (50, f"50 {currency}"))
    if due < least:
        message = f"The Checkout Session's total amount due must add up to at least {words}"
        raise bad_param(message, "line_items", "amount_too_small")
    if due > lines.MOST_AMOUNT:
        message = f"The Checkout Session's total amount must be no more than {lines.MOST_AMOUNT} {currency}"
        raise bad_param(message, "line_items", "amount_too_large")
    if params.get("currency", currency).lower() != currency:
        raise bad_param("The `currency` parameter must match the line items.", "currency")


def _payer(box: Sandbox, params: JSON) -> None:
    if "customer_creation" in params and params["mode"] == "subscription":
        raise bad_param("`customer_creation` can not be used in `subscription` mode.", "customer_creation")
    if "customer" in params:
        box.need("customer", params["customer"], param="customer", status=400)
        for other in ("customer_email", "customer_creation"):
            if other in params:
                raise bad_param(f"You may only specify one of these parameters: customer, {other}.", "customer")
    email = params.get("customer_email")
    if email is not None and not EMAIL.fullmatch(email):
        raise bad_param(f"Invalid email address: {email}", "customer_email", "email_invalid")
    if "customer_update" in params and "customer" not in params:
        raise bad_param("`customer_update` can only be used with `customer`.", "customer_update")


def _methods(box: Sandbox, params: JSON) -> None:
    offered.check_options(params)
    given = params.get("line_items")
    amount, currency = (lines.total(box, given), lines.currency(box, given)) if given else (None, "jpy")
    if not offered.payment_methods(params, amount, currency):
        message = "No valid payment method types for this Checkout Session. Allow at least one that fits it."
        raise bad_param(message, "allowed_payment_method_types")


def _descriptor(_box: Sandbox, params: JSON) -> None:
    intent, name = params.get("payment_intent_data") or {}, "payment_intent_data[statement_descriptor"
    if "statement_descriptor" in intent:
        message = (
            "The `statement_descriptor` parameter is not supported for cards. "
            "Use `statement_descriptor_suffix` instead."
        )
        raise bad_param(message, f"{name}]")
    suffix = intent.get("statement_descriptor_suffix")
    if suffix is None:
        return
    if not suffix.isascii() or not re.search("[A-Za-z]", suffix) or re.search(r"[<>\\'\"*]", suffix):
        message = "The statement descriptor suffix must be Latin, with at least one letter and none of <>\\'\"*."
        raise bad_param(message, f"{name}_suffix]", "invalid_characters")
    if len(PREFIX + suffix) > DESCRIPTOR_LENGTH:
        message = f"The statement descriptor, `{PREFIX}` included, must be at most {DESCRIPTOR_LENGTH} characters."
        raise bad_param(message, f"{name}_suffix]")


RULES: tuple[Callable[[Sandbox, JSON], None], ...] = (
    _mode,
    _urls,
    _expiry,
    _lines,
    _amount,
    _payer,
    _methods,
    _descriptor,
)
