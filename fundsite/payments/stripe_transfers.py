"""Customers at Stripe, payments that wait for a store or a transfer, and what was transferred too much.

A part of StripeGateway: that one is connected, and makes the calls.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fundsite.payments.gateway import GatewayRefused, PaymentState, RefundState
from fundsite.payments.orders import CheckoutOrder, CustomerOrder, ReturnOrder
from fundsite.payments.stripe_reading import REFERENCE_KEY, REFUND_KEY, SITE_KEY, refund_state

PAGE = 100  # the most that Stripe lists at once
TYPES = {"card": "card", "konbini": "konbini", "bank": "customer_balance"}
FUNDED = "customer_cash_balance_transaction.created"
LONGEST_NAME = 256


def ways_to_pay(order: CheckoutOrder) -> dict[str, Any]:
    """Return what a session must be told of the methods; Stripe leaves out, in silence, what does not fit."""
    options: dict[str, Any] = {}
    if "konbini" in order.methods:
        options["konbini"] = {"expires_after_days": order.konbini_days}
    if "bank" in order.methods:
        options["customer_balance"] = {"funding_type": "bank_transfer", "bank_transfer": {"type": "jp_bank_transfer"}}
    return {
        "allowed_payment_method_types": [TYPES[name] for name in order.methods],
        **({"payment_method_options": options} if options else {}),
        **({"customer": order.customer_id} if order.customer_id else {"customer_email": order.email}),
    }


class StripeTransfers:
    """What StripeGateway does about customers and their transfers."""

    _site: str
    _ask: Callable[[Callable[[], Any]], Any]
    _ask_first: Callable[[Callable[[], Any]], Any]
    _walk: Callable[[Callable[[], Any]], Iterator[dict[str, Any]]]

    if TYPE_CHECKING:  # StripeGateway has them

        @property
        def _api(self) -> Any: ...

        def payment(self, payment_id: str) -> PaymentState: ...

    def customer(self, order: CustomerOrder) -> str:
        """See Gateway. One customer per pledge: what one transfers too much never pays another pledge by itself."""
        params: Any = {
            "email": order.email,
            "name": order.name[:LONGEST_NAME],
            "preferred_locales": [order.locale],
            "metadata": {REFERENCE_KEY: order.reference, SITE_KEY: self._site},
        }
        key = {"idempotency_key": f"pledge-{order.reference}-customer"}
        made: str = self._ask_first(lambda: self._api.customers.create(params, key)).id
        return made

    def cancel_payment(self, payment_id: str) -> PaymentState:
        """See Gateway. What Stripe answers to the cancelling does not matter: the present state does."""
        try:
            self._ask(lambda: self._api.payment_intents.cancel(payment_id))
        except GatewayRefused:
            return self.payment(payment_id)
        return self.payment(payment_id)

    def unused(self, customer_id: str, currency: str) -> int:
        """See Gateway."""
        balance = self._ask(lambda: self._api.customers.cash_balance.retrieve(customer_id)).to_dict()
        return int((balance.get("available") or {}).get(currency.lower(), 0))

    def give_back_unused(self, order: ReturnOrder) -> RefundState:
        """See Gateway. A refund that stands already is the answer: the reply to an earlier try may have been lost."""
        marks = {REFERENCE_KEY: order.reference, SITE_KEY: self._site, REFUND_KEY: order.marker}
        since = {"created": {"gte": int(order.since.timestamp()) - 60}, "limit": PAGE}
        for refund in self._walk(lambda: self._api.refunds.list(since)):
            if marks.items() <= (refund.get("metadata") or {}).items():
                return refund_state(refund)
        params: Any = {
            "origin": "customer_balance",
            "customer": order.customer_id,
            "amount": order.amount,
            "currency": order.currency.lower(),
            "instructions_email": order.email,
            "metadata": marks,
        }
        key = {"idempotency_key": f"return-{order.reference}-{order.marker}"}
        return refund_state(self._ask(lambda: self._api.refunds.create(params, key)).to_dict())

    def refunded(self, refund_id: str) -> RefundState:
        """See Gateway."""
        return refund_state(self._ask(lambda: self._api.refunds.retrieve(refund_id)).to_dict())

    def funded_since(self, moment: datetime) -> Iterator[str]:
        """See Gateway. Told by events, which Stripe keeps for 30 days: customers cannot be listed by what they sent."""
        params: Any = {"type": FUNDED, "created": {"gte": int(moment.timestamp())}, "limit": PAGE}
        for event in self._walk(lambda: self._api.events.list(params)):
            yield str(event["data"]["object"]["customer"])
