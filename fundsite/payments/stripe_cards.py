"""Saved cards at Stripe: what is asked to save one, to charge it while its owner is away, and to forget it.

Part of the gateway, which alone imports `stripe`; requests are plain dictionaries [docs.stripe.com/payments/checkout/
save-and-reuse].
"""

from collections.abc import Callable, Iterator
from typing import Any

from fundsite.payments.gateway import (
    CardDeclined,
    CardUnusable,
    ChargeOrder,
    CheckoutOrder,
    CustomerOrder,
    GatewayRefused,
    PaymentState,
)
from fundsite.payments.stripe_reading import CHARGE_KEY, REFERENCE_KEY, SITE_KEY, reference_of

PAGE = 100
ABOUT_THE_CARD = {"payment_method", "customer"}  # the parameters of a charge that a lost card makes wrong


def what_each_session_says(order: CheckoutOrder, site: str) -> dict[str, Any]:
    """Return what sessions of every mode are opened with."""
    return {
        "ui_mode": "hosted_page",
        "allowed_payment_method_types": ["card"],
        "client_reference_id": order.reference,
        "metadata": {REFERENCE_KEY: order.reference, SITE_KEY: site},
        "locale": "ja" if order.locale == "ja" else "en",
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "expires_at": int(order.expires_at.timestamp()),
    }


def session_that_saves(order: CheckoutOrder, site: str) -> dict[str, Any]:
    """Return the request for a session that saves a card; without a customer the card would belong to nobody."""
    marks = {REFERENCE_KEY: order.reference, SITE_KEY: site}
    return {
        "mode": "setup",
        "currency": order.currency.lower(),
        "customer": order.customer_id,
        "setup_intent_data": {"metadata": marks, "description": order.description},
        "custom_text": {"submit": {"message": order.consent}},
        **what_each_session_says(order, site),
    }


class SavedCards:
    """The part of the gateway that deals with saved cards."""

    _site: str
    _api: Any
    _said: Callable[[Callable[[], Any]], Any]
    _pages: Callable[[Callable[[], Any]], Iterator[dict[str, Any]]]
    _followed: Callable[..., PaymentState]
    payment: Callable[[str], PaymentState]

    def customer(self, order: CustomerOrder) -> str:
        """See Gateway. The key is made of the reference; after its day a second, empty customer does no harm."""
        made = self._said(
            lambda: self._api.customers.create(
                {
                    "email": order.email,
                    "name": order.name[:256],
                    "preferred_locales": [order.locale],
                    "metadata": {REFERENCE_KEY: order.reference, SITE_KEY: self._site},
                },
                {"idempotency_key": f"customer-{order.reference}"},
            )
        )
        return str(made.id)

    def charge(self, order: ChargeOrder) -> PaymentState:
        """See Gateway. What the request says never changes, so that its key always fits."""
        try:
            intent = self._said(lambda: self._charged(order))
        except CardDeclined as declined:
            if not declined.payment_id:
                raise
            return self.payment(declined.payment_id)
        except GatewayRefused as refused:
            if ABOUT_THE_CARD & set(str(refused).split()):
                raise CardUnusable(str(refused)) from refused
            raise
        return self._followed(intent.to_dict(), refunds=False)

    def charges_of(self, customer_id: str) -> Iterator[PaymentState]:
        """See Gateway."""
        params = {"customer": customer_id, "limit": PAGE, "expand": ["data.latest_charge.balance_transaction"]}
        for intent in self._pages(lambda: self._api.payment_intents.list(params)):
            if reference_of(intent, self._site):
                yield self._followed(intent, refunds=False)

    def forget_card(self, saved_card_id: str) -> None:
        """See Gateway."""
        self._said(lambda: self._api.payment_methods.detach(saved_card_id))

    def _charged(self, order: ChargeOrder) -> Any:
        number = str(order.number)
        return self._api.payment_intents.create(
            {
                "amount": order.amount,
                "currency": order.currency.lower(),
                "customer": order.customer_id,
                "payment_method": order.saved_card_id,
                "allowed_payment_method_types": ["card"],
                "off_session": True,
                "confirm": True,
                "error_on_requires_action": True,
                "description": order.reference,
                "metadata": {REFERENCE_KEY: order.reference, SITE_KEY: self._site, CHARGE_KEY: number},
                "expand": ["latest_charge.balance_transaction"],
            },
            {"idempotency_key": f"payment-{order.reference}-{number}"},
        )
