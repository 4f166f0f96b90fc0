"""What each endpoint accepts and what each resource looks like, read from the files in `data/`."""

import json
from importlib.resources import files
from typing import Any

JSON = dict[str, Any]
DATA = files("fundsite.sandbox") / "data"
PARAMS: JSON = json.loads((DATA / "params.json").read_text(encoding="utf-8"))
SHAPES: dict[str, dict[str, str]] = json.loads((DATA / "shapes.json").read_text(encoding="utf-8"))
API_VERSION: str = PARAMS["api_version"]

EMPTY: dict[str, type] = {"arr": list, "map": dict, "bool": bool, "int": int}  # called, each makes its empty value
TYPES: dict[str, type | tuple[type, ...]] = {
    "arr": list,
    "bool": bool,
    "enum": str,
    "int": int,
    "list": dict,
    "map": dict,
    "num": (int, float),
    "obj": dict,
    "ref": dict,
    "str": str,
    "expandable": (str, dict),
}


def blank(kind: str) -> JSON:
    """Return a resource with every field that Stripe lists: null, or empty where null is not allowed."""
    return {name: EMPTY[word]() if word in EMPTY else None for name, word in SHAPES[kind].items()} | {"object": kind}


def misfits(kind: str, body: JSON) -> list[str]:
    """Name the fields of `body` that Stripe's description of the resource does not allow, or misses."""
    shape = SHAPES[kind]
    wrong = [name for name in shape if name not in body] + [name for name in body if name not in shape]
    return wrong + [name for name, word in shape.items() if name in body and not _fits(word, body[name])]


def _fits(word: str, value: Any) -> bool:
    if value is None:
        return word.endswith("?")
    if word.startswith("int") and isinstance(value, bool):
        return False
    return isinstance(value, TYPES[word.removesuffix("?")])
