"""Calls of Stripe's library: walking lists, and saying failures in the product's words."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

import stripe

from fundsite.payments.gateway import GatewayBusy, GatewayRefused, GatewayUnavailable

BUSY_SECONDS, BUSY_PAUSE = 10.0, 0.25  # how long a second click waits for the first one's answer
PAGE = 100  # the most that Stripe lists at once
Answer = TypeVar("Answer")


def since(moment: datetime) -> Any:
    return {"created": {"gte": int(moment.timestamp())}, "limit": PAGE}


def walked(call: Callable[[], stripe.ListObject[Any]]) -> Iterator[dict[str, Any]]:
    """Walk a list of Stripe's to its end, page by page, as plain dictionaries."""
    page = asked(call)
    while page.data:
        for item in page.data:
            yield item.to_dict()
        if not page.has_more:
            return
        page = asked(page.next_page)


def asked(call: Callable[[], Answer]) -> Answer:
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


def after_the_first(call: Callable[[], Answer]) -> Answer:
    """Make a call that has an idempotency key; while the same one is under way from elsewhere, wait for its answer."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return asked(call)
        except GatewayBusy:
            if time.monotonic() > end:
                raise
        time.sleep(BUSY_PAUSE)
