"""What Stripe is asked for when a checkout session is opened, as plain dictionaries."""

from typing import Any

from fundsite.payments.orders import CheckoutOrder
from fundsite.payments.stripe_reading import REFERENCE_KEY, SITE_KEY
from fundsite.payments.stripe_transfers import ways_to_pay


def session_that_charges(order: CheckoutOrder, site: str) -> dict[str, Any]:
    """Return the request for a session that is paid."""
    marks = {REFERENCE_KEY: order.reference, SITE_KEY: site}
    return {
        "mode": "payment",
        **ways_to_pay(order),
        "line_items": [
            {
                "quantity": line.quantity,
                "price_data": {
                    "currency": order.currency.lower(),
                    "unit_amount": line.unit_amount,
                    "product_data": {"name": line.name},
                },
            }
            for line in order.lines
        ],
        "payment_intent_data": {"metadata": marks, "description": order.description},
        **_every_session(order, marks),
    }


def session_that_saves(order: CheckoutOrder, site: str) -> dict[str, Any]:
    """Return the request for a session that saves a card; without a customer the card would belong to nobody."""
    marks = {REFERENCE_KEY: order.reference, SITE_KEY: site}
    return {
        "mode": "setup",
        "currency": order.currency.lower(),
        "customer": order.customer_id,
        "allowed_payment_method_types": ["card"],
        "setup_intent_data": {"metadata": marks, "description": order.description},
        "custom_text": {"submit": {"message": order.consent}},
        **_every_session(order, marks),
    }


def _every_session(order: CheckoutOrder, marks: dict[str, str]) -> dict[str, Any]:
    return {
        "ui_mode": "hosted_page",
        "client_reference_id": order.reference,
        "metadata": marks,
        "locale": "ja" if order.locale == "ja" else "en",
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "expires_at": int(order.expires_at.timestamp()),
    }
