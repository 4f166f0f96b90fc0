"""Line items of a Checkout Session: checked, priced, and as Stripe shows them."""

from fundsite.sandbox import prices
from fundsite.sandbox.catalogue import JSON, blank
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import bad_param

MOST_LINES = 100
MOST_AMOUNT = prices.MOST_AMOUNT


def check_lines(box: Sandbox, given: list[JSON], *, recurring: bool) -> None:
    """Refuse line items that Stripe would not sell in this mode."""
    if len(given) > MOST_LINES:
        raise bad_param(f"You can only pass up to {MOST_LINES} line items.", "line_items")
    for place, line in enumerate(given):
        _check_line(box, line, f"line_items[{place}]", recurring=recurring)
    if len({_currency(box, line) for line in given}) > 1:
        raise bad_param("All line items must have the same currency.", "line_items")


def _check_line(box: Sandbox, line: JSON, name: str, *, recurring: bool) -> None:
    if "price" not in line and "price_data" not in line:
        raise bad_param(f"Missing required param: {name}[price_data].", f"{name}[price_data]", "parameter_missing")
    if line.get("quantity", 0) < 1:
        where = f"{name}[quantity]"
        raise bad_param("Quantity is required and must be at least 1.", where, "parameter_missing")
    if "price" in line:
        repeats = box.need("price", line["price"], param=f"{name}[price]", status=400)["recurring"] is not None
    else:
        prices.check(box, line["price_data"], f"{name}[price_data]")
        repeats = "recurring" in line["price_data"]
    if repeats and not recurring:
        message = "You specified `payment` mode but passed a recurring price."
        raise bad_param(message, f"{name}[price]" if "price" in line else f"{name}[price_data][recurring]")
    if recurring and not repeats:
        raise bad_param("This sandbox knows only recurring prices in `subscription` mode.", name)


def _currency(box: Sandbox, line: JSON) -> str:
    body = box.need("price", line["price"]) if "price" in line else line["price_data"]
    return str(body["currency"]).lower()


def _each(box: Sandbox, line: JSON) -> int:
    if "price" in line:
        return int(box.need("price", line["price"])["unit_amount"])
    return prices.unit_amount(line["price_data"])


def currency(box: Sandbox, given: list[JSON]) -> str:
    """Return the currency that all lines share."""
    return _currency(box, given[0])


def total(box: Sandbox, given: list[JSON]) -> int:
    return sum(_each(box, line) * line["quantity"] for line in given)


def item(box: Sandbox, line: JSON) -> JSON:
    """Return one line as Stripe shows it, with the price that Stripe makes for it."""
    price = box.need("price", line["price"]) if "price" in line else prices.inline(box, line["price_data"])
    product = box.need("product", price["product"])
    amount = price["unit_amount"] * line["quantity"]
    return {
        **blank("item"),
        **{key: value for key, value in box.born("li").items() if key == "id"},
        "amount_subtotal": amount,
        "amount_total": amount,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": line.get("metadata"),
        "price": price,
        "quantity": line["quantity"],
    }
