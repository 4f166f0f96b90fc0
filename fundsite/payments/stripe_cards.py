"""Saved cards at Stripe: charged while their owners are away, and forgotten.

A part of StripeGateway: that one is connected, and makes the calls [docs.stripe.com/payments/checkout/save-and-reuse].
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from fundsite.payments.gateway import CardDeclined, CardUnusable, GatewayRefused, PaymentState
from fundsite.payments.orders import ChargeOrder
from fundsite.payments.stripe_reading import CHARGE_KEY, REFERENCE_KEY, SITE_KEY, reference_of

PAGE = 100
ABOUT_THE_CARD = {"payment_method", "customer"}  # the parameters of a charge that a lost card makes wrong


class SavedCards:
    """The part of the gateway that deals with saved cards."""

    _site: str
    _ask: Callable[[Callable[[], Any]], Any]
    _walk: Callable[[Callable[[], Any]], Iterator[dict[str, Any]]]

    if TYPE_CHECKING:  # StripeGateway has them

        @property
        def _api(self) -> Any: ...

        def payment(self, payment_id: str) -> PaymentState: ...

        def _followed(self, intent: dict[str, Any], *, refunds: bool) -> PaymentState: ...

    def charge(self, order: ChargeOrder) -> PaymentState:
        """See Gateway. What the request says never changes, so that its key always fits."""
        try:
            intent = self._ask(lambda: self._charged(order))
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
        for intent in self._walk(lambda: self._api.payment_intents.list(params)):
            if reference_of(intent, self._site):
                yield self._followed(intent, refunds=False)

    def forget_card(self, saved_card_id: str) -> None:
        """See Gateway."""
        self._ask(lambda: self._api.payment_methods.detach(saved_card_id))

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
