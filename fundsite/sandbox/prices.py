"""Products and prices: made by request, or along the way where a request says what something costs."""

from decimal import Decimal

from fundsite.sandbox.catalogue import JSON, SHAPES, blank
from fundsite.sandbox.core import Sandbox, metadata_of
from fundsite.sandbox.errors import bad_param
from fundsite.sandbox.events import emit

MOST_AMOUNT = 99_999_999


def check(box: Sandbox, price: JSON, name: str) -> None:
    """Refuse a price that Stripe would not make; `name` is where it stands in the request."""
    if "product" in price:
        box.need("product", price["product"], param=_within(name, "product"), status=400)
    elif "product_data" not in price:
        where = _within(name, "product_data")
        raise bad_param(f"Missing required param: {where}.", where, "parameter_missing")
    where = _within(name, "unit_amount")
    if len({"unit_amount", "unit_amount_decimal"} & price.keys()) != 1:
        raise bad_param("You must pass one of `unit_amount` or `unit_amount_decimal`.", where, "parameter_missing")
    if not 0 <= unit_amount(price) <= MOST_AMOUNT:
        message = f"Invalid amount: it must be from 0 to {MOST_AMOUNT}."
        raise bad_param(message, where, "parameter_invalid_integer")
    if len(price["currency"]) != 3 or not price["currency"].isascii():  # noqa: PLR2004 -- ISO 4217
        raise bad_param(f"Invalid currency: {price['currency']}.", _within(name, "currency"))


def _within(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


def unit_amount(price: JSON) -> int:
    """Return the price of one in the currency's minor unit, as a whole number."""
    return int(Decimal(price["unit_amount"] if "unit_amount" in price else price["unit_amount_decimal"]))


def create_product(box: Sandbox, params: JSON) -> JSON:
    """Record something that is sold."""
    product = _product(box, params, active=params.get("active", True))
    emit(box, "product.created", product)
    return product


def create_price(box: Sandbox, params: JSON) -> JSON:
    """Record what something costs, once or in each period."""
    check(box, params, "")
    price = _price(box, params, active=params.get("active", True))
    emit(box, "price.created", price)
    return price


def inline(box: Sandbox, params: JSON) -> JSON:
    """Make the price, and where it is new the product, that a line describes; neither is offered again."""
    return _price(box, params, active=False)


def _product(box: Sandbox, params: JSON, *, active: bool) -> JSON:
    born = box.born("prod")
    return box.store.add(
        {
            **blank("product"),
            **{name: value for name, value in params.items() if name in SHAPES["product"]},
            **born,
            "id": params.get("id", born["id"]),
            "active": active,
            "metadata": metadata_of(params),
            "type": "service",
            "updated": born["created"],
        }
    )


def _price(box: Sandbox, params: JSON, *, active: bool) -> JSON:
    product = params["product"] if "product" in params else _product(box, params["product_data"], active=active)["id"]
    repeats = params.get("recurring")
    every = {"interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"}
    return box.store.add(
        {
            **blank("price"),
            **box.born("price"),
            "active": active,
            "billing_scheme": "per_unit",
            "currency": params["currency"].lower(),
            "lookup_key": params.get("lookup_key"),
            "metadata": metadata_of(params),
            "nickname": params.get("nickname"),
            "product": product,
            "recurring": every | repeats if repeats else None,
            "tax_behavior": params.get("tax_behavior", "unspecified"),
            "type": "recurring" if repeats else "one_time",
            "unit_amount": unit_amount(params),
            "unit_amount_decimal": str(unit_amount(params)),
        }
    )
