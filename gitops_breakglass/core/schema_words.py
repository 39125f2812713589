"""Says in people's words what a schema holds against a value, and what to write instead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitops_breakglass.core.schema_keys import KEYWORD, repeated
from gitops_breakglass.core.smallest_edit import instead, nearest_of, place_of
from gitops_breakglass.model.document import Document, Path
from gitops_breakglass.model.finding import Finding

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "empty",
    "number": "a number",
    "object": "a mapping of fields",
    "string": "text",
}
SCHEMA = "schema"
"""The id of what is told here, where a field's own schema names no other as `x-rule`."""
_LONGEST_VALUE = 60
_WORD = re.compile(r"[\w.-]{1,60}", re.ASCII)
_BOUNDS = {
    "maxItems": ("has more than {}", " entry", " entries"),
    "minItems": ("needs at least {}", " entry", " entries"),
    "maxLength": ("is longer than {}", " character", " characters"),
    "minLength": ("is shorter than {}", " character", " characters"),
    "maximum": ("must be at most {}", "", ""),
    "minimum": ("must be at least {}", "", ""),
    "minProperties": ("needs at least {}", " field", " fields"),
    "maxProperties": ("has more than {}", " field", " fields"),
}
"""What is wrong with a bound that is passed, and what it counts: one, several."""


def explain(error: Any, schema: Mapping[str, Any], document: Document) -> Iterator[Finding]:
    """Yield the findings of one error of jsonschema-rs, each at the key or item that has to change."""
    where: Path = tuple(error.instance_path)
    around = _around(schema, error.schema_path)
    kind, detail = error.kind.name, error.kind.value
    match kind:
        case "additionalProperties":
            for name in detail:
                yield _unknown_field(name, where, around, schema, document)
        case "required":
            described = _described(schema, around.get("properties", {}).get(detail, {}))
            hint = f"add `{detail}:`" + (f" ({described.rstrip('.')})" if described else "")
            yield _finding(f"{_named(where)} needs the field `{detail}`", document, where, hint)
        case "anyOf" | "oneOf":
            yield from _choice(error, schema, around, document)
        case _ if kind == KEYWORD:
            keys = around[KEYWORD]
            for index in repeated(error.instance, keys):
                same = " and ".join(f"`{key}`" for key in keys)
                what = f"{_named((*where, index))} has the {same} of an entry before it"
                yield _finding(what, document, (*where, index, keys[0]), f"give each entry a {same} of its own")
        case "propertyNames":
            says = around.get("propertyNames", around).get("errorMessage", "is no name that fits here")
            name = detail.instance
            yield _finding(f"the key {_shown(name)} in {_named(where)} {says}", document, (*where, name), None)
        case _:
            message, advice = _plain(kind, detail, error.instance, around)
            # The reference has names of its own for what is wrong with some fields.
            rule = around.get("x-rule", SCHEMA)
            yield _finding(f"{_named(where)} {message}", document, where, advice, rule)


def _choice(error: Any, schema: Mapping[str, Any], around: Mapping[str, Any], document: Document) -> Iterator[Finding]:
    """Explain the branch that the value was most likely meant for, or what the schema says of the choice."""
    where: Path = tuple(error.instance_path)
    branches: Sequence[Sequence[Any]] = error.kind.value if isinstance(error.kind.value, list) else ()
    meant = [
        branch
        for branch in branches
        if branch and all(each.kind.name != "type" or _deeper(each, where) for each in branch)
    ]
    # A branch without errors is one of several that fit; then what the others lack is no news.
    if len(meant) == 1 and len(branches) > 1 and all(branches):
        for each in meant[0]:
            yield from explain(each, schema, document)
        return
    # Of a mapping, an editor would show `errorMessage` for everything that is wrong with it.
    says = around.get("x-choice") or around.get("errorMessage") or "has none of the forms that it may have"
    yield _finding(f"{_named(where)} {says}", document, where, None)


def _deeper(error: Any, where: Path) -> bool:
    return len(error.instance_path) > len(where)


def _plain(kind: str, detail: Any, value: Any, around: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return what is wrong with a single value, and a hint."""
    says = around.get("errorMessage")
    match kind:
        case "type":
            names = [detail] if isinstance(detail, str) else list(detail)
            wanted = " or ".join(_TYPES.get(each, each) for each in names)
            if isinstance(value, str):
                return f"must be {wanted}, not the text {_shown(value)}", _other_type(value, names)
            if value is None:
                return f"must be {wanted}, not empty", "give it a value, or take the field out"
            is_scalar = "string" in names and isinstance(value, int | float)
            if is_scalar and says and (edit := instead(value, around)) != _bare(value):
                # Quotes alone would only lead to the next finding.
                units = f"write its unit: `{value}s`, `{value}m` or `{value}h`"
                hint = units if edit == f"{value}s" else f"write `{edit}`" if edit else None
                return f"{says}; it is the number {_shown(value)}", hint
            return f"must be {wanted}, not {_shown(value)}", f'quote it: "{_bare(value)}"' if is_scalar else None
        case "enum":
            close = nearest_of(value, detail)
            hint = f"did you mean `{close}`?" if close else None
            wanted = ("one of " if len(detail) > 1 else "") + ", ".join(_shown(each) for each in detail)
            return f"must be {wanted}, not {_shown(value)}", hint
        case "const":
            only = _shown(around.get("const"))
            return f"must be {only}, not {_shown(value)}", f"write {only}"
        case "uniqueItems":
            return "names the same thing twice", "keep one of them"
        case _ if says:
            edit = instead(value, around)
            return f"{says}; it is {_shown(value)}", f"did you mean `{edit}`?" if edit else None
        case _ if kind in _BOUNDS:
            words, one, several = _BOUNDS[kind]
            return words.format(detail) + (one if detail == 1 else several), None
        case _:
            return f"can't be {_shown(value)}", None


def _other_type(text: str, types: Sequence[str]) -> str | None:
    """Return what to write instead of a text where something else is wanted."""
    if text in {"true", "false"} or text.isdecimal():
        return "take the quotes off"
    return f"write `[{text}]`" if types == ["array"] and _WORD.fullmatch(text) else None


def _unknown_field(
    name: str, where: Path, around: Mapping[str, Any], schema: Mapping[str, Any], document: Document
) -> Finding:
    known = around.get("properties", {})
    if close := nearest_of(name, list(known)):
        hint = f"did you mean `{close}`?"
    elif home := place_of(name, {each: _followed(schema, node).get("properties", {}) for each, node in known.items()}):
        hint = f"it belongs below `{home}:`; indent it as what is there"
    elif where and name in schema.get("properties", {}) and name not in document.data:
        hint = f"it belongs beside `{where[0]}:`; take the spaces before it away"
    else:
        hint = f"known fields are {', '.join(sorted(known))}"
    return _finding(f"{_named(where)} has no field `{name}`", document, (*where, name), hint)


def _finding(message: str, document: Document, where: Path, hint: str | None, rule: str = SCHEMA) -> Finding:
    return Finding(rule, message, document.at(*where), hint=hint)


def _named(where: Path) -> str:
    """Return a path as people write it: `spec.rules[0].verbs`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).removeprefix(".")
    return f"`{text}`" if text else "the document"


def _bare(value: Any) -> str:
    """Return a scalar on one line, text without its quotes."""
    return json.dumps(value, ensure_ascii=False, default=str).removeprefix('"').removesuffix('"')


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping of fields"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "empty"
    text = _bare(value)
    return f"`{text}`" if len(text) <= _LONGEST_VALUE else f"`{text[:_LONGEST_VALUE]}…`"


def _described(schema: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    return str(node.get("description") or _followed(schema, node).get("description", ""))


def _followed(schema: Mapping[str, Any], node: Any) -> Any:
    while isinstance(node, Mapping) and "$ref" in node:
        # A definition in another file is beside the others: the catalog has put it there.
        node = schema["$defs"][node["$ref"].rpartition("#/$defs/")[2]]
    return node


def _around(schema: Mapping[str, Any], path: Sequence[str | int]) -> Mapping[str, Any]:
    """Return the schema that holds the keyword at the end of an error's schema path."""
    node: Any = schema
    for part in path[:-1]:
        node = _followed(schema, node[part])
    return node if isinstance(node, Mapping) else {}
