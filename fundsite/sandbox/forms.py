"""Form-encoded parameters with nested names: `line_items[0][price_data][currency]=jpy`."""

import re
from collections.abc import Iterable
from typing import Any

NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
PART = re.compile(r"\[([^\[\]]*)\]")


def keys_of(name: str) -> list[str]:
    """Split a name into its keys; a name with unbalanced brackets is one odd key."""
    match = NAME.match(name)
    return [match[1], *PART.findall(match[2])] if match else [name]


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the tree that the names spell. Arrays are still dicts with numbers as keys."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        _put(tree, keys_of(name), value)
    return tree


def _put(tree: dict[str, Any], keys: list[str], value: str) -> None:
    head, *rest = keys
    key = head or _open_index(tree, rest)
    if not rest:
        tree[key] = value
        return
    child = tree.setdefault(key, {})
    if not isinstance(child, dict):
        child = tree[key] = {}
    _put(child, rest, value)


def _open_index(tree: dict[str, Any], rest: list[str]) -> str:
    """Choose the element that `[]` means: the last one while its next key is still free, else a new one."""
    last = tree.get(str(len(tree) - 1))
    if rest and isinstance(last, dict) and rest[0] not in last:
        return str(len(tree) - 1)
    return str(len(tree))
