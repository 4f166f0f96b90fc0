"""Which ways to pay a session offers, and what may be asked of each."""

from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.errors import bad_param

USUAL = ("card",)  # what the account has switched on for sessions that do not say
DELAYED = ("konbini", "customer_balance")
KONBINI_LEAST, KONBINI_MOST = 120, 300_000
KONBINI_DAYS = 60


def payment_methods(params: JSON, amount: int | None, currency: str) -> list[str]:
    """Return what the page will offer: what is allowed, silently without what does not fit."""
    allowed = params.get("allowed_payment_method_types") or USUAL
    barred = params.get("excluded_payment_method_types") or ()
    fitting = ["card"]
    if params["mode"] == "payment" and currency == "jpy" and amount is not None:
        fitting += ["konbini"] if KONBINI_LEAST <= amount <= KONBINI_MOST and not _saved(params) else []
        fitting += ["customer_balance"] if _transferable(params) else []
    return [method for method in fitting if method in allowed and method not in barred]


def _saved(params: JSON) -> bool:
    return "setup_future_usage" in (params.get("payment_intent_data") or {})


def _transferable(params: JSON) -> bool:
    """Tell whether a bank transfer fits: it needs a customer, whose balance it fills, and its kind."""
    wanted = (params.get("payment_method_options") or {}).get("customer_balance") or {}
    kind = (wanted.get("bank_transfer") or {}).get("type")
    return "customer" in params and wanted.get("funding_type") == "bank_transfer" and kind == "jp_bank_transfer"


def check_options(params: JSON) -> None:
    """Refuse options that contradict each other or leave their bounds."""
    options = params.get("payment_method_options") or {}
    name = "payment_method_options[konbini][expires_after_days]"
    if not 1 <= (options.get("konbini") or {}).get("expires_after_days", 1) <= KONBINI_DAYS:
        raise bad_param(f"This value must be between 1 and {KONBINI_DAYS}.", name, "parameter_invalid_integer")
    transfer = options.get("customer_balance")
    if transfer is None:
        return
    name = "payment_method_options[customer_balance]"
    if transfer.get("funding_type") != "bank_transfer":
        raise bad_param("`funding_type` must be `bank_transfer`.", f"{name}[funding_type]", "parameter_missing")
    if "bank_transfer" not in transfer:
        message = "`bank_transfer` is required when `funding_type` is `bank_transfer`."
        raise bad_param(message, f"{name}[bank_transfer]", "parameter_missing")
    if transfer["bank_transfer"]["type"] != "jp_bank_transfer":
        message = "An account in Japan can only use `jp_bank_transfer`."
        raise bad_param(message, f"{name}[bank_transfer][type]")


def shown_options(params: JSON, offered: list[str]) -> JSON:
    """Return the options as the session shows them, those of the methods on offer only."""
    given = params.get("payment_method_options") or {}
    shown: JSON = {"card": {"request_three_d_secure": "automatic"} | given.get("card", {})} if "card" in offered else {}
    if "konbini" in offered:
        shown["konbini"] = {"expires_after_days": None} | given.get("konbini", {})
    if "customer_balance" in offered:
        shown["customer_balance"] = given["customer_balance"]
    return shown
