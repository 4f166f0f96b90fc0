"""Checkout Sessions: opening, expiring, and what they look like."""

from fundsite.sandbox import intents, lines, offered, rules, setups
from fundsite.sandbox.catalogue import JSON, SHAPES, blank
from fundsite.sandbox.core import Sandbox, metadata_of
from fundsite.sandbox.errors import StripeError
from fundsite.sandbox.events import emit

KIND = "checkout.session"
NOT_ECHOED = {"line_items", "discounts", "shipping_options", "optional_items", "invoice_creation", "expand"}


def create(box: Sandbox, params: JSON, base_url: str) -> JSON:
    """Open a session and arrange for its end; nothing is charged until someone pays on its page."""
    rules.check_session(box, params)
    born = box.born("cs_test")
    session = {
        **blank(KIND),
        **_defaults(params),
        **{name: value for name, value in params.items() if name in SHAPES[KIND] and name not in NOT_ECHOED},
        **born,
        "metadata": metadata_of(params),
        **_money(box, params),
        "customer_details": _known_payer(box, params),
        "expires_at": params.get("expires_at", born["created"] + rules.LATEST),
        "url": f"{base_url}/c/pay/{born['id']}",
    }
    session |= _methods(params, session)
    if params["mode"] == "setup":
        session["setup_intent"] = setups.new(box, session, params.get("setup_intent_data", {}))["id"]
    box.store.add(session, {name: params.get(name, {}) for name in ("payment_intent_data", "subscription_data")})
    for line in reversed(params.get("line_items", [])):  # lists show the newest first, and these in their given order
        box.store.add(lines.item(box, line), links={"session": session["id"]})
    box.later(session["expires_at"] - box.clock.now(), "session.expire", session["id"])
    return session


def _defaults(params: JSON) -> JSON:
    return {
        "adaptive_pricing": {"enabled": False},
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"),
        ),
        "customer_creation": None if "customer" in params or params["mode"] == "subscription" else "if_required",
        "invoice_creation": {"enabled": False, "invoice_data": None},
        "payment_method_collection": "if_required",
        "payment_status": "no_payment_required" if params["mode"] == "setup" else "unpaid",
        "phone_number_collection": {"enabled": False},
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0, "breakdown": None},
        "ui_mode": "hosted_page",
    }


def _money(box: Sandbox, params: JSON) -> JSON:
    if params["mode"] == "setup":
        return {"amount_subtotal": None, "amount_total": None, "currency": params["currency"].lower()}
    amount = lines.total(box, params["line_items"])
    return {
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": lines.currency(box, params["line_items"]),
    }


def _methods(params: JSON, session: JSON) -> JSON:
    types = offered.payment_methods(params, session["amount_total"], session["currency"])
    return {"payment_method_types": types, "payment_method_options": offered.shown_options(params, types)}


def known_email(box: Sandbox, session: JSON) -> str | None:
    """Return the address that the seller gave with the session; the payer cannot change it."""
    customer = box.store.get(session.get("customer") or "", "customer") or {}
    return customer.get("email") or session.get("customer_email")


def _known_payer(box: Sandbox, params: JSON) -> JSON | None:
    customer = box.store.get(params.get("customer", ""), "customer") or {}
    email = known_email(box, params)
    return payer_details(email, customer.get("name")) if email else None


def payer_details(email: str | None, name: str | None) -> JSON:
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": name,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def expire(box: Sandbox, session_id: str) -> JSON:
    """Close an open session; refuse one that is complete or has expired."""
    session = box.need(KIND, session_id, param="session")
    if session["status"] != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
        raise StripeError(400, message, param="session", kept=True)
    return _expired(box, session)


def expire_when_due(box: Sandbox, session_id: str) -> None:
    """End a session whose time is over, unless it ended otherwise before."""
    session = box.need(KIND, session_id)
    if session["status"] == "open":
        _expired(box, session)


def _expired(box: Sandbox, session: JSON) -> JSON:
    _cancel_intent(box, session)
    session = box.store.save(session | {"status": "expired", "url": None})
    emit(box, "checkout.session.expired", session)
    return session


def _cancel_intent(box: Sandbox, session: JSON) -> None:
    """Let an attempt that was declined or never authenticated end with its session."""
    intent = box.store.get(session["payment_intent"] or box.store.hidden(session["id"]).get("intent", ""))
    if intent and intent["status"] in intents.CANCELABLE:
        intents.cancel(box, intent, "expired")
    if session["setup_intent"]:
        setups.cancel_open(box, session["setup_intent"])
