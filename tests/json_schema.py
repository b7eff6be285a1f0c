"""JSON Schema, as far as the schemas in this tree use it."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

Json: TypeAlias = Any  # a schema is JSON
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
KNOWN = {
    *("$schema", "$defs", "$ref", "title", "description", "default", "type", "enum", "const"),
    *("anyOf", "not", "pattern", "minimum", "maximum", "minItems", "maxItems", "minProperties"),
    *("items", "properties", "patternProperties", "additionalProperties", "required"),
}


def accepts(schema: Json, value: object) -> bool:
    """Whether ``value`` satisfies ``schema``, for the keywords that our schemas use."""
    return _accepts(schema, schema, value)


def _accepts(schema: Json, rule: Json, value: object) -> bool:
    assert rule.keys() <= KNOWN, f"unknown keywords: {rule.keys() - KNOWN}"
    if "$ref" in rule:
        return _accepts(schema, schema["$defs"][rule["$ref"].rpartition("/")[2]], value)
    kinds = rule.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(kind, value) for kind in kinds):
        return False
    if "enum" in rule and value not in rule["enum"]:
        return False
    if "const" in rule and (value != rule["const"] or isinstance(value, bool)):
        return False
    if "anyOf" in rule and not any(_accepts(schema, option, value) for option in rule["anyOf"]):
        return False
    if "not" in rule and _accepts(schema, rule["not"], value):
        return False
    match value:
        case str():
            return re.search(rule.get("pattern", ""), value) is not None
        case bool():
            return True
        case int() | float():
            return bool(rule.get("minimum", value) <= value <= rule.get("maximum", value))
        case list():
            right = rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", len(value))
            return right and all(_accepts(schema, rule.get("items", {}), item) for item in value)
        case dict():
            if len(value) < rule.get("minProperties", 0) or set(rule.get("required", ())) - set(
                value
            ):
                return False
            return all(_property(schema, rule, key, item) for key, item in value.items())
        case _:
            return True


def _is(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES[kind])


def _property(schema: Json, rule: Json, key: str, value: object) -> bool:
    if key in rule.get("properties", {}):
        return _accepts(schema, rule["properties"][key], value)
    for pattern, inner in rule.get("patternProperties", {}).items():
        if re.search(pattern, key):
            return _accepts(schema, inner, value)
    return rule.get("additionalProperties", True) is not False
