"""Checks of request parameters against the catalogue: what Stripe would refuse is refused in its words."""

import re
from collections.abc import Callable
from typing import Any

from fundsite.sandbox.catalogue import JSON
from fundsite.sandbox.errors import StripeError, bad_param

MAX_KEYS, MAX_KEY, MAX_VALUE = 50, 40, 500  # metadata


def checked(spec: JSON, given: JSON) -> JSON:
    """Return `given` with each value in its type, or raise the first refusal.

    Unknown names are refused before anything else. What is optional and absent stays absent.
    """
    return _object(spec, given, "")


def _join(parent: str, key: str) -> str:
    return f"{parent}[{key}]" if parent else key


def _object(spec: JSON, value: Any, name: str) -> JSON:
    if not isinstance(value, dict):
        raise bad_param("Invalid object", name)
    known = spec.get("p", {})
    unknown = [_join(name, key) for key in value if key not in known]
    if unknown:
        word = "parameter" if len(unknown) == 1 else "parameters"
        message = f"Received unknown {word}: {', '.join(unknown)}"
        raise bad_param(message, unknown[0], "parameter_unknown")
    for key in spec.get("r", ()):
        if key not in value:
            raise bad_param(
                f"Missing required param: {_join(name, key)}.", _join(name, key), "parameter_missing"
            )
    return {key: _value(known[key], item, _join(name, key)) for key, item in value.items()}


def _value(spec: JSON, value: Any, name: str) -> Any:
    if value != "":
        return CHECKS[spec["t"]](spec, value, name)
    if spec.get("e"):
        return ""
    message = (
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
        f"parameter; however '{name}' cannot be unset. You should remove '{name}' from your request or "
        "supply a non-empty value."
    )
    raise bad_param(message, name, "parameter_invalid_empty")


def _array(spec: JSON, value: Any, name: str) -> list[Any]:
    if not isinstance(value, dict) or not all(key.isdecimal() for key in value):
        raise bad_param("Invalid array", name)
    ordered = sorted(value, key=int)
    return [_value(spec["i"], value[key], _join(name, str(place))) for place, key in enumerate(ordered)]


def _map(spec: JSON, value: Any, name: str) -> JSON:
    if not isinstance(value, dict):
        raise bad_param("Invalid object", name)
    if name.removesuffix("]").endswith("metadata"):
        _metadata(value, name)
    return {
        key: item if item == "" else _value(spec["i"], item, _join(name, key)) for key, item in value.items()
    }


def _metadata(value: JSON, name: str) -> None:
    if len(value) > MAX_KEYS:
        raise bad_param(f"Metadata can have at most {MAX_KEYS} keys; you passed {len(value)}.", name)
    for key, item in value.items():
        if len(key) > MAX_KEY:
            raise bad_param(f"Metadata keys must be at most {MAX_KEY} characters: '{key}'.", name)
        if isinstance(item, str) and len(item) > MAX_VALUE:
            message = (
                f"Metadata values can have up to {MAX_VALUE} characters, but you passed in a value that is "
            )
            raise bad_param(f"{message}{len(item)} characters. Invalid value: {item[:30]}…", _join(name, key))


def _string(spec: JSON, value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise bad_param("Invalid string", name)
    if len(value) > spec.get("max", len(value)):
        raise bad_param(f"Invalid string: {value[:20]}…; must be at most {spec['max']} characters", name)
    return value


def _enum(spec: JSON, value: Any, name: str) -> str:
    if value not in spec["v"]:
        *most, last = spec["v"]
        allowed = f"{', '.join(most)}, or {last}" if most else last
        raise bad_param(f"Invalid {name}: must be one of {allowed}", name)
    return str(value)


def _integer(_spec: JSON, value: Any, name: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise bad_param(f"Invalid integer: {value}", name, "parameter_invalid_integer")
    return int(value)


def _decimal(_spec: JSON, value: Any, name: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,12})?", value):
        raise bad_param(f"Invalid decimal: {value}", name)
    return value


def _boolean(_spec: JSON, value: Any, name: str) -> bool:
    if value not in ("true", "false"):
        raise bad_param(f"Invalid boolean: {value}", name)
    return bool(value == "true")


def _any_of(spec: JSON, value: Any, name: str) -> Any:
    """Take the first choice that accepts the value; the last choice's refusal speaks for all."""
    *most, last = spec["v"]
    for choice in most:
        try:
            return _value(choice, value, name)
        except StripeError:
            continue
    return _value(last, value, name)


CHECKS: dict[str, Callable[[JSON, Any, str], Any]] = {
    "any_of": _any_of,
    "arr": _array,
    "bool": _boolean,
    "dec": _decimal,
    "enum": _enum,
    "int": _integer,
    "map": _map,
    "num": _decimal,
    "obj": _object,
    "str": _string,
}
