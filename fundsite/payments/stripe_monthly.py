"""Stripe's subscriptions: opening one at Checkout, reading it with its invoices, ending it, and the customer portal."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fundsite.payments.gateway import GatewayRefused
from fundsite.payments.monthly import InvoiceState, SubscriptionState
from fundsite.payments.stripe_monthly_reading import invoice_state, subscription_state
from fundsite.payments.stripe_reading import reference_of, subscription_details

if TYPE_CHECKING:
    from stripe import StripeClient

PAGE = 100  # the most that Stripe lists at once
RECURRING = {"interval": "month"}


def monthly_checkout(params: dict[str, Any]) -> dict[str, Any]:
    """Turn the request for one payment into one for a payment each month; the marks go on the subscription."""
    paid = {name: value for name, value in params.items() if name != "payment_intent_data"}
    lines = [{**line, "price_data": {**line["price_data"], "recurring": RECURRING}} for line in params["line_items"]]
    return {
        **paid,
        "mode": "subscription",
        "allowed_payment_method_types": ["card"],
        "line_items": lines,
        "subscription_data": params["payment_intent_data"],
    }


class MonthlyCalls:
    """The part of the gateway that looks after subscriptions; see MonthlyGateway."""

    _client: "StripeClient"
    _site: str
    _ask: Callable[[Callable[[], Any]], Any]
    _walk: Callable[[Callable[[], Any]], Iterator[dict[str, Any]]]

    def subscription(self, subscription_id: str) -> SubscriptionState:
        """See MonthlyGateway."""
        found = self._subscription(subscription_id)
        wanted: Any = {"subscription": subscription_id, "limit": PAGE, "expand": ["data.payments"]}
        invoices = [self._with_payments(row) for row in self._walk(lambda: self._client.v1.invoices.list(wanted))]
        return subscription_state(found, invoices[::-1], self._site)

    def subscriptions(self) -> Iterator[SubscriptionState]:
        """See MonthlyGateway."""
        for found in self._walk(lambda: self._client.v1.subscriptions.list({"status": "all", "limit": PAGE})):
            yield subscription_state(found, [], self._site)

    def invoices_since(self, moment: datetime) -> Iterator[InvoiceState]:
        """See MonthlyGateway."""
        wanted: Any = {
            "created": {"gte": int(moment.timestamp())},
            "limit": PAGE,
            "expand": ["data.payments"],
        }
        for invoice in self._walk(lambda: self._client.v1.invoices.list(wanted)):
            yield invoice_state(self._with_payments(invoice), self._site)

    def end_subscription(self, subscription_id: str, *, at_once: bool) -> None:
        """See MonthlyGateway. Stripe refuses for one that has ended, which is what was asked for."""
        state = subscription_state(self._subscription(subscription_id), [], self._site)
        if state.status == "ended":
            return
        if at_once or state.status == "past_due":
            with suppress(GatewayRefused):
                self._ask(lambda: self._client.v1.subscriptions.cancel(subscription_id))
        elif state.ends_at is None:
            self._ask(lambda: self._client.v1.subscriptions.update(subscription_id, {"cancel_at_period_end": True}))

    def portal_url(self, customer_id: str, return_url: str, locale: str) -> str:
        """See MonthlyGateway."""
        language: Any = "ja" if locale == "ja" else "en"
        made = self._ask(
            lambda: self._client.v1.billing_portal.sessions.create(
                {"customer": customer_id, "return_url": return_url, "locale": language}
            )
        )
        return str(made.url)

    def _with_payments(self, invoice: dict[str, Any]) -> dict[str, Any]:
        """Complete an invoice that came without its payments although they were asked for."""
        if invoice.get("payments") is None and reference_of(subscription_details(invoice), self._site):
            wanted: Any = {"invoice": invoice["id"], "limit": PAGE}
            invoice["payments"] = {"data": list(self._walk(lambda: self._client.v1.invoice_payments.list(wanted)))}
        return invoice

    def _subscription(self, subscription_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(lambda: self._client.v1.subscriptions.retrieve(subscription_id)).to_dict()
        return found
