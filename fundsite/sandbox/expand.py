"""`expand[]`: ids replaced by the objects they name, as those are now."""

from collections.abc import Callable
from typing import Any

from fundsite.sandbox.billing.bills import payment_list
from fundsite.sandbox.catalogue import JSON, SHAPES
from fundsite.sandbox.core import Sandbox
from fundsite.sandbox.errors import bad_param
from fundsite.sandbox.lists import line_items, refunds_of

DEEPEST = 4
INCLUDABLE: dict[tuple[str, str], Callable[[Sandbox, JSON], JSON]] = {
    ("checkout.session", "line_items"): lambda box, session: line_items(box, {}, session["id"]),
    ("invoice", "payments"): lambda box, invoice: payment_list(box, invoice["id"]),
    ("charge", "refunds"): lambda box, charge: refunds_of(box, charge["id"]),
}


def expanded(box: Sandbox, body: JSON, paths: list[str]) -> JSON:
    """Return `body` with each path expanded; refuse a path that leads nowhere. A null on the way stays."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise bad_param(f"You cannot expand more than {DEEPEST} levels of a property ({path}).", "expand")
        _walk(box, body, steps, path)
    return body


def _walk(box: Sandbox, node: JSON, steps: list[str], path: str) -> None:
    step, *rest = steps
    if node.get("object") == "list" and step == "data" and rest:
        for entry in node["data"]:
            _walk(box, entry, rest, path)
        return
    child = _fetched(box, node, step, path)
    if isinstance(child, dict):
        node[step] = child
        if rest:
            _walk(box, child, rest, path)


def _fetched(box: Sandbox, node: JSON, step: str, path: str) -> Any:
    kind, value = str(node.get("object")), node.get(step)
    if (kind, step) in INCLUDABLE:
        return INCLUDABLE[kind, step](box, node) if value is None else value
    if not SHAPES.get(kind, {}).get(step, "").startswith("expandable"):
        message = f"This property cannot be expanded ({step}). You may want to try expanding another one: {path}."
        raise bad_param(message, "expand")
    return (box.store.get(value) or value) if isinstance(value, str) else value
