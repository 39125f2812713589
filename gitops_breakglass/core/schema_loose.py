"""A kind's schema without what only keeps files tidy: what is left is what a reader has to hold to know what is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TIDY = frozenset(
    {"pattern", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minimum", "maximum", "x-validations"}
)
"""What bounds words, numbers and lists. A word that could be no name of anything is still compared as it stands."""
_MAY_BE_NULL: dict[str, Any] = {"type": "null"}


def loosened(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a kind for asking what a document means, whatever an API server would make of its form.

    Unknown fields and other types are still refused, for what they mean nobody knows. A field that may be left out, and
    any list, may be null too, as the API server and Go have it; a choice that may be left out may be an empty text.
    `metadata` is looked at for a name only, `status` not at all, and a `spec` may ask for nothing.
    """
    parts = schema["properties"]
    spec = {key: value for key, value in parts["spec"].items() if key != "anyOf"}
    return {
        **schema,
        "required": [name for name in schema["required"] if name != "metadata"],
        "properties": {
            **parts,
            "metadata": {"type": ["object", "null"], "properties": {"name": {"type": ["string", "null"]}}},
            "status": {},
            "spec": _loose(spec),
        },
        "$defs": {name: _loose(part) for name, part in schema.get("$defs", {}).items()},
    }


def _loose(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_loose(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    loose = {key: _loose(value) for key, value in schema.items() if key not in _TIDY and key != "properties"}
    if "properties" in schema:
        needed = schema.get("required", ())
        loose["properties"] = {
            name: _optional(part) if name not in needed or part.get("type") == "array" else _loose(part)
            for name, part in schema["properties"].items()
        }
    return loose


def _optional(schema: Mapping[str, Any]) -> dict[str, Any]:
    nothing = [_MAY_BE_NULL, {"const": ""}] if "enum" in schema else [_MAY_BE_NULL]
    return {"anyOf": [*nothing, _loose(schema)]}
