"""Stripe. The only module that imports `stripe`.

The API version is set here and the requests are written for it; idempotency keys come from our own references.
"""

import json
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar, cast

import stripe

from fundsite.payments.gateway import (
    BadSignature,
    CheckoutOrder,
    CheckoutState,
    GatewayBusy,
    GatewayEvent,
    GatewayRefused,
    GatewayUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = 8  # the library's 80 s would keep a supporter waiting for more than a minute
RETRIES = 1
BUSY_SECONDS, BUSY_PAUSE = 10.0, 0.25  # how long a second click waits for the first one's answer
SIGNATURE_TOLERANCE_SECONDS = 300
Answer = TypeVar("Answer")
REFERENCE_KEY = "fundsite_reference"
SITE_KEY = "fundsite_site"
REFUNDS_IN_VAIN = frozenset({"failed", "canceled"})


class StripeGateway:
    """Stripe's API for one account. `site` tells our objects from those of other programs on the same account."""

    def __init__(self, secret_key: str, webhook_secret: str, api_base: str, site: str) -> None:
        """Connect to nothing yet."""
        self._webhook_secret = webhook_secret
        self._site = site
        self._client = stripe.StripeClient(
            secret_key or "sk_missing",
            stripe_version=API_VERSION,
            base_addresses={"api": api_base},
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        )

    def open_checkout(self, order: CheckoutOrder) -> CheckoutState:
        """See Gateway. One session per reference: the idempotency key is made of it."""
        marks = {REFERENCE_KEY: order.reference, SITE_KEY: self._site}
        session = _after_the_first(
            lambda: self._client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "ui_mode": "hosted_page",
                    "allowed_payment_method_types": ["card"],
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
                    "customer_email": order.email,
                    "client_reference_id": order.reference,
                    "metadata": marks,
                    "payment_intent_data": {"metadata": marks, "description": order.description},
                    "locale": "ja" if order.locale == "ja" else "en",
                    "success_url": order.success_url,
                    "cancel_url": order.cancel_url,
                    "expires_at": int(order.expires_at.timestamp()),
                },
                {"idempotency_key": f"pledge-{order.reference}-checkout"},
            )
        )
        return self._state(session)

    def checkout(self, session_id: str) -> CheckoutState:
        """See Gateway."""
        return self._state(_asked(lambda: self._client.v1.checkout.sessions.retrieve(session_id)))

    def expire_checkout(self, session_id: str) -> CheckoutState:
        """See Gateway. Stripe refuses for a session that is not open: its present state is the answer then."""
        try:
            return self._state(_asked(lambda: self._client.v1.checkout.sessions.expire(session_id)))
        except GatewayRefused:
            return self.checkout(session_id)

    def refund(self, payment_intent_id: str, reference: str) -> str:
        """See Gateway. A refund that stands already is the answer: the reply to an earlier try may have been lost.

        One that failed or was canceled stands for nothing: the money is back on the account and is given back again.
        """
        known = _asked(lambda: self._client.v1.refunds.list({"payment_intent": payment_intent_id, "limit": 100}))
        standing = [refund for refund in known.data if refund.status not in REFUNDS_IN_VAIN]
        if standing:
            return standing[0].id
        again = f"-{len(known.data)}" if known.data else ""  # the same key would give the failed one back
        refund = _asked(
            lambda: self._client.v1.refunds.create(
                {"payment_intent": payment_intent_id, "metadata": {REFERENCE_KEY: reference, SITE_KEY: self._site}},
                {"idempotency_key": f"pledge-{reference}-late-refund{again}"},
            )
        )
        if refund.status in REFUNDS_IN_VAIN:
            raise GatewayUnavailable(f"refund {refund.status}")
        return refund.id

    def read_event(self, body: bytes, signature: str) -> GatewayEvent:
        """See Gateway."""
        try:
            text = body.decode()
            stripe.WebhookSignature.verify_header(text, signature, self._webhook_secret, SIGNATURE_TOLERANCE_SECONDS)
            event = json.loads(text)
            subject = event["data"]["object"]
            marks = subject.get("metadata") or {}
            found = GatewayEvent(str(event["id"]), str(event["type"]), str(subject.get("id", "")), self._ours(marks))
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

    def _state(self, session: "stripe.checkout.Session") -> CheckoutState:
        marks = session.metadata.to_dict() if session.metadata else {}
        intent = session.payment_intent
        return CheckoutState(
            id=session.id,
            status=cast("Any", session.status),
            paid=session.payment_status == "paid",
            amount=session.amount_total or 0,
            currency=(session.currency or "").upper(),
            reference=self._ours(marks),
            url=session.url,
            payment_intent_id=intent if isinstance(intent, str) or intent is None else intent.id,
        )

    def _ours(self, marks: dict[str, Any]) -> str | None:
        return marks.get(REFERENCE_KEY) if marks.get(SITE_KEY) == self._site else None


def _asked(call: "Callable[[], Answer]") -> Answer:
    """Make a call and say its failure in the product's words, without anything that the payer typed."""
    try:
        return call()
    except (stripe.InvalidRequestError, stripe.AuthenticationError, stripe.PermissionError, stripe.CardError) as error:
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
