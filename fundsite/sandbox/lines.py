"""Line items of a Checkout Session: checked, priced, and as Stripe shows them."""

from decimal import Decimal

from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import bad_param, missing

MOST_LINES = 100
MOST_AMOUNT = 99_999_999


def check_lines(lines: list[JSON]) -> None:
    """Refuse line items that Stripe would not sell."""
    if len(lines) > MOST_LINES:
        raise bad_param(f"You can only pass up to {MOST_LINES} line items.", "line_items")
    for place, line in enumerate(lines):
        _check_line(line, f"line_items[{place}]")
    currencies = {line["price_data"]["currency"].lower() for line in lines}
    if len(currencies) > 1:
        raise bad_param("All line items must have the same currency.", "line_items")


def _check_line(line: JSON, name: str) -> None:
    if "price" in line:
        raise missing("price", line["price"], param=f"{name}[price]", status=400)
    if "price_data" not in line:
        raise bad_param(
            f"Missing required param: {name}[price_data].", f"{name}[price_data]", "parameter_missing"
        )
    if line.get("quantity", 0) < 1:
        where = f"{name}[quantity]"
        raise bad_param("Quantity is required and must be at least 1.", where, "parameter_missing")
    _check_price(line["price_data"], f"{name}[price_data]")


def _check_price(price: JSON, name: str) -> None:
    if "product" in price:
        raise missing("product", price["product"], param=f"{name}[product]", status=400)
    if "product_data" not in price:
        where = f"{name}[product_data]"
        raise bad_param(f"Missing required param: {where}.", where, "parameter_missing")
    if "recurring" in price:
        raise bad_param("You specified `payment` mode but passed a recurring price.", f"{name}[recurring]")
    if len({"unit_amount", "unit_amount_decimal"} & price.keys()) != 1:
        where = f"{name}[unit_amount]"
        raise bad_param(
            "You must pass one of `unit_amount` or `unit_amount_decimal`.", where, "parameter_missing"
        )
    if not 0 <= unit_amount(price) <= MOST_AMOUNT:
        message = f"Invalid amount: it must be from 0 to {MOST_AMOUNT}."
        raise bad_param(message, f"{name}[unit_amount]", "parameter_invalid_integer")
    if len(price["currency"]) != 3 or not price["currency"].isascii():  # noqa: PLR2004 -- ISO 4217
        raise bad_param(f"Invalid currency: {price['currency']}.", f"{name}[currency]")


def unit_amount(price: JSON) -> int:
    """Return the price of one in the currency's minor unit, as a whole number."""
    return int(Decimal(price["unit_amount"] if "unit_amount" in price else price["unit_amount_decimal"]))


def total(lines: list[JSON]) -> int:
    return sum(unit_amount(line["price_data"]) * line["quantity"] for line in lines)


def item(box: Sandbox, line: JSON) -> JSON:
    """Return one line as Stripe shows it, with the price that Stripe makes for it."""
    price, amount = line["price_data"], unit_amount(line["price_data"]) * line["quantity"]
    return {
        **blank("item"),
        **{key: value for key, value in box.born("li").items() if key == "id"},
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": price["currency"].lower(),
        "description": price["product_data"]["name"],
        "metadata": line.get("metadata"),
        "price": _price(box, price),
        "quantity": line["quantity"],
    }


def _price(box: Sandbox, price: JSON) -> JSON:
    return {
        **blank("price"),
        **box.born("price"),
        "active": False,
        "billing_scheme": "per_unit",
        "currency": price["currency"].lower(),
        "product": box.born("prod")["id"],
        "tax_behavior": price.get("tax_behavior", "unspecified"),
        "type": "one_time",
        "unit_amount": unit_amount(price),
        "unit_amount_decimal": str(unit_amount(price)),
    }
