"""Where Stripe tells us that something happened."""

import structlog
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from fundsite.access import public
from fundsite.payments.gateway import BadSignature, GatewayUnavailable
from fundsite.pledges.hints import receive

bp = Blueprint("webhooks", __name__)
log = structlog.get_logger()


@bp.post("/webhooks/stripe")
@public
def stripe() -> ResponseReturnValue:
    """Take a delivery: 200 once it needs no repetition, 400 if Stripe did not sign it, 503 to have it again."""
    try:
        outcome = receive(request.get_data(), request.headers.get("Stripe-Signature", ""))
    except BadSignature as error:
        log.warning("webhook_refused", reason=str(error))
        return "bad signature\n", 400
    except GatewayUnavailable as error:
        log.warning("webhook_waits", reason=str(error))
        return "try again\n", 503
    log.info("webhook", outcome=outcome)
    return f"{outcome}\n", 200
