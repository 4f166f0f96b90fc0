"""Stripe's error replies."""

from typing import Any

DOCS = "https://stripe.com/docs/error-codes/"
LOGS = "https://dashboard.stripe.com/test/logs/"


class StripeError(Exception):
    """A refusal in Stripe's words.

    `kept` says that the endpoint had begun its work: what it wrote stays, and the reply is remembered under
    the request's idempotency key. Anything else leaves no trace. `more` are further parts, such as the object
    that was refused.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        kept: bool = False,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.kind = status, message, kind
        self.code, self.param, self.kept = code, param, kept
        self.more = more or {}

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the JSON that Stripe sends for this refusal: absent parts are left out, not null."""
        error = {"type": self.kind, "message": self.message, "request_log_url": f"{LOGS}{request_id}"}
        if self.code:
            error |= {"code": self.code, "doc_url": DOCS + self.code.replace("_", "-")}
        if self.param:
            error["param"] = self.param
        return {"error": error | self.more}


def missing(what: str, object_id: str, *, param: str = "id", status: int = 404) -> StripeError:
    """Refuse an id that nobody knows: 404 when the address names it, 400 when a parameter does."""
    return StripeError(status, f"No such {what}: '{object_id}'", code="resource_missing", param=param)


def bad_param(message: str, param: str, code: str | None = None) -> StripeError:
    """Refuse a parameter before anything is done."""
    return StripeError(400, message, param=param, code=code)
