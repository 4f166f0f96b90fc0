"""Checkout Sessions: opening, expiring, and what they look like."""

from fundsite.sandbox import lines, rules
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
        **_money(params["line_items"]),
        "customer_details": _known_payer(box, params),
        "expires_at": params.get("expires_at", born["created"] + rules.LATEST),
        "payment_method_types": rules.payment_methods(params),
        "url": f"{base_url}/c/pay/{born['id']}",
    }
    box.store.add(session, {"payment_intent_data": params.get("payment_intent_data", {})})
    for line in reversed(params["line_items"]):  # lists show the newest first, and these in their given order
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
        "customer_creation": None if "customer" in params else "if_required",
        "invoice_creation": {"enabled": False, "invoice_data": None},
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0, "breakdown": None},
        "ui_mode": "hosted_page",
    }


def _money(given: list[JSON]) -> JSON:
    amount = lines.total(given)
    return {
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": given[0]["price_data"]["currency"].lower(),
    }


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
    intent = box.store.get(session["payment_intent"] or "")
    if intent is None:
        return
    ended = {"status": "canceled", "canceled_at": box.clock.seconds(), "cancellation_reason": "expired"}
    emit(box, "payment_intent.canceled", box.store.save(intent | ended | {"next_action": None}))
