"""Stripe. The only module that imports `stripe`.

The API version is set here and the requests are written for it; idempotency keys come from our own references.
"""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import stripe

from fundsite.payments.gateway import (
    BadSignature,
    CardDeclined,
    CheckoutState,
    GatewayBusy,
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
    PaymentState,
    RefundState,
)
from fundsite.payments.orders import CheckoutOrder, RefundOrder
from fundsite.payments.stripe_cards import SavedCards
from fundsite.payments.stripe_monthly import MonthlyCalls, monthly_checkout
from fundsite.payments.stripe_payouts import PayoutCalls
from fundsite.payments.stripe_reading import (
    REFERENCE_KEY,
    REFUND_KEY,
    SITE_KEY,
    checkout_state,
    event_of,
    id_of,
    payment_state,
    reference_of,
    refund_state,
)
from fundsite.payments.stripe_sessions import session_that_charges, session_that_saves
from fundsite.payments.stripe_transfers import PAGE, StripeTransfers

if TYPE_CHECKING:
    from collections.abc import Callable

API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = 8  # the library's 80 s would keep a supporter waiting for more than a minute
RETRIES = 1
BUSY_SECONDS, BUSY_PAUSE = 10.0, 0.25  # how long a second click waits for the first one's answer
SIGNATURE_TOLERANCE_SECONDS = 300
Answer = TypeVar("Answer")


class StripeGateway(StripeTransfers, SavedCards, MonthlyCalls, PayoutCalls):
    """Stripe's API for one account. `site` tells our objects from those of other programs on the same account."""

    def __init__(self, secret_key: str, webhook_secret: str, api_base: str, site: str) -> None:
        """Connect to nothing yet."""
        self._webhook_secret = webhook_secret
        self._site = site
        self._ask, self._ask_first, self._walk = _asked, _after_the_first, _walked
        self._client = stripe.StripeClient(
            secret_key or "sk_missing",
            stripe_version=API_VERSION,
            base_addresses={"api": api_base},
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        )

    def open_checkout(self, order: CheckoutOrder) -> CheckoutState:
        """See Gateway. One session per reference and attempt: the idempotency key is made of them."""
        wanted: Any = _session_for(order, self._site)
        key = f"pledge-{order.reference}-checkout" + (f"-{order.attempt}" if order.attempt else "")
        sessions = self._api.checkout.sessions
        return self._state(_after_the_first(lambda: sessions.create(wanted, {"idempotency_key": key})))

    def checkout(self, session_id: str) -> CheckoutState:
        """See Gateway."""
        expand: Any = {"expand": ["setup_intent"]}
        return self._state(_asked(lambda: self._api.checkout.sessions.retrieve(session_id, expand)))

    def expire_checkout(self, session_id: str) -> CheckoutState:
        """See Gateway. Stripe refuses for a session that is not open: its present state is the answer then."""
        try:
            return self._state(_asked(lambda: self._client.v1.checkout.sessions.expire(session_id)))
        except GatewayRefused:
            return self.checkout(session_id)

    def payment(self, payment_id: str) -> PaymentState:
        """See Gateway."""
        expand = ["latest_charge.balance_transaction"]
        intent = _asked(lambda: self._api.payment_intents.retrieve(payment_id, {"expand": expand})).to_dict()
        return self._followed(intent, refunds=_charge_of(intent) is not None)

    def refund(self, order: RefundOrder) -> RefundState:
        """See Gateway. A refund that stands already is the answer: the reply to an earlier try may have been lost."""
        for refund in self._refunds(order.payment_id):
            if refund_state(refund).marker == order.marker:
                return refund_state(refund)
        marks = {REFERENCE_KEY: order.reference, SITE_KEY: self._site, REFUND_KEY: order.marker}
        params: Any = {"payment_intent": order.payment_id, "amount": order.amount, "metadata": marks}
        if order.email:
            params["instructions_email"] = order.email
        key = f"refund-{order.reference}-{order.marker}"
        made = _asked(lambda: self._api.refunds.create(params, {"idempotency_key": key}))
        return refund_state(made.to_dict())

    def payments_since(self, moment: datetime) -> Iterator[PaymentState]:
        """See Gateway. Refunds are asked for only where there are some: a failed one is found by `touched_since`."""
        params: Any = {**_since(moment), "expand": ["data.latest_charge.balance_transaction"]}
        for intent in _walked(lambda: self._api.payment_intents.list(params)):
            if reference_of(intent, self._site):
                yield self._followed(intent, refunds=bool((_charge_of(intent) or {}).get("amount_refunded")))

    def checkouts_since(self, moment: datetime) -> Iterator[CheckoutState]:
        """See Gateway."""
        params: Any = {**_since(moment), "expand": ["data.setup_intent"]}
        for session in _walked(lambda: self._api.checkout.sessions.list(params)):
            yield checkout_state(session, self._site)

    def touched_since(self, moment: datetime) -> Iterator[str]:
        """See Gateway."""
        for rows in (self._api.refunds, self._api.disputes):
            for touched in _walked(lambda rows=rows: rows.list(_since(moment))):  # type: ignore[misc]
                found = id_of(touched.get("payment_intent"))
                if found:
                    yield found

    def read_event(self, body: bytes, signature: str) -> GatewayEvent:
        """See Gateway."""
        try:
            text = body.decode()
            stripe.WebhookSignature.verify_header(text, signature, self._webhook_secret, SIGNATURE_TOLERANCE_SECONDS)
            found = event_of(json.loads(text), self._site)
        except (
            stripe.SignatureVerificationError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            RecursionError,
        ) as error:
            raise BadSignature(type(error).__name__) from None
        return found

    def ping(self) -> None:
        """See Gateway."""
        _asked(self._client.v1.balance.retrieve)

    def _followed(self, intent: dict[str, Any], *, refunds: bool) -> PaymentState:
        """Read a payment with its refunds and disputes."""
        known = self._refunds(intent["id"]) if refunds else []
        disputes = []
        if (_charge_of(intent) or {}).get("disputed"):
            disputes = list(_walked(lambda: self._api.disputes.list({"payment_intent": intent["id"], "limit": PAGE})))
        return payment_state(intent, known, disputes, self._site)

    def _refunds(self, payment_id: str) -> list[dict[str, Any]]:
        return list(_walked(lambda: self._api.refunds.list({"payment_intent": payment_id, "limit": PAGE})))

    @property
    def _api(self) -> "stripe._v1_services.V1Services":
        return self._client.v1

    def _state(self, session: "stripe.checkout.Session") -> CheckoutState:
        return checkout_state(session.to_dict(), self._site)


def _session_for(order: CheckoutOrder, site: str) -> dict[str, Any]:
    if order.consent:
        return session_that_saves(order, site)
    charging = session_that_charges(order, site)
    return monthly_checkout(charging) if order.monthly else charging


def _charge_of(intent: dict[str, Any]) -> dict[str, Any] | None:
    charge = intent.get("latest_charge")
    return charge if isinstance(charge, dict) else None


def _since(moment: datetime) -> Any:
    return {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}


def _walked(call: "Callable[[], stripe.ListObject[Any]]") -> Iterator[dict[str, Any]]:
    """Walk a list of Stripe's to its end, page by page, as plain dictionaries."""
    page = _asked(call)
    while page.data:
        for item in page.data:
            yield item.to_dict()
        if not page.has_more:
            return
        page = _asked(page.next_page)


def _asked(call: "Callable[[], Answer]") -> Answer:
    """Make a call and say its failure in the product's words, without anything that the payer typed."""
    try:
        return call()
    except stripe.CardError as error:
        body: Any = error.json_body or {}
        tried = body.get("error", {}).get("payment_intent") or {}
        raise CardDeclined(f"CardError {error.code or ''}".strip(), tried.get("id") or "") from error
    except (stripe.InvalidRequestError, stripe.AuthenticationError, stripe.PermissionError) as error:
        parts = (type(error).__name__, error.code, getattr(error, "param", None))
        raise GatewayRefused(" ".join(part for part in parts if part)) from error
    except stripe.StripeError as error:
        if error.http_status == HTTPStatus.CONFLICT:
            raise GatewayBusy("idempotency key in use") from error
        if isinstance(error, stripe.IdempotencyError):
            raise GatewayRefused("IdempotencyError") from error
        raise GatewayUnavailable(f"{type(error).__name__} {error.http_status or ''}".strip()) from error


def _after_the_first(call: "Callable[[], Answer]") -> Answer:
    """Make a call that has an idempotency key; while the same one is under way from elsewhere, wait for its answer."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return _asked(call)
        except GatewayBusy:
            if time.monotonic() > end:
                raise
        time.sleep(BUSY_PAUSE)
