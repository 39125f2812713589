"""Writes docs/reference/fields.md, the table of every field and what it does, from the marks in the JSON Schemas."""  # noqa: INP001

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gitops_breakglass.adapters import bundled
from gitops_breakglass.core.fields import ITEM, KEY, Field, fields_of
from gitops_breakglass.core.rules import ALL_RULES, page_of

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "reference" / "fields.md"
SIDES = {
    "The repository": ("Configuration", "Identities"),
    "Clusters and policies": (),
    "Requests": ("BreakglassSession", "Breakglass", "DebugSession"),
    "Records on clusters": ("Grant", "GuardParameters", "Checkpoint", "LedgerPage", "TrustRoot"),
}
"""Headings, with the kinds below each; policies are all the others."""

HEAD = """# Fields

<!-- Generated from the marks in schemas/*.schema.json by schemas/generate_fields.py. -->

Every field of every kind, and what it does here:

- **enforced**: decisions, grants or findings hold to it.
- **refused**: while it is set, the file fails `check`, or the request that relies on it is granted nothing. The rule that does
  so is named.
- **informational**: it changes nothing here. Where somebody could expect that it does, the rule that tells so is named.

A field that is in no table is refused by the rule [`schema`](../rules/documents.md#schema). A field of a list or mapping that has
no row of its own does what the list or mapping does. Fields that upstream's own operator does not know, or takes and does not
hold to, say so; the rules [`dialect`](../rules/documents.md#dialect) and
[`not-enforced-upstream`](../rules/documents.md#not-enforced-upstream) tell where they are set.
"""


def generate() -> str:
    """Return the text of the page."""
    schemas = {}
    for path in sorted(HERE.glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        if "kind" in schema.get("properties", {}) and "const" in schema["properties"]["kind"]:
            schemas[schema["properties"]["kind"]["const"]] = schema
    named = {kind for kinds in SIDES.values() for kind in kinds}
    parts = [HEAD]
    for heading, kinds in SIDES.items():
        parts.append(f"\n## {heading}\n")
        parts += [_section(schemas[kind]) for kind in kinds or sorted(set(schemas) - named) if kind in schemas]
    return "".join(parts)


def _section(schema: Mapping[str, Any]) -> str:
    properties = schema["properties"]
    kind, version = properties["kind"]["const"], properties["apiVersion"]["const"]
    head = f"\n### {kind}\n\n`{version}`. {schema['description']}\n\n"
    table = "| Field | Type | Required, or default | Effect | Meaning |\n|---|---|---|---|---|\n"
    found = list(fields_of(schema, bundled.schema_catalog().parts))
    whole = {field.text: field for field in found if not field.form}
    forms = {field.text: field for field in found if field.form}
    return head + table + "".join(_row(field, whole, forms.get(field.text)) for field in _told(whole.values()))


def _told(fields: Iterable[Field]) -> Iterator[Field]:
    """Yield the fields that have a row: named ones, and not the apiVersion and kind that every document has."""
    for field in fields:
        if field.path[-1] not in (ITEM, KEY) and field.text not in ("apiVersion", "kind"):
            yield field


def _row(field: Field, fields: Mapping[str, Field], form: Field | None) -> str:
    default = field.schema.get("default")
    need = "required" if field.required else "" if default is None else f"`{json.dumps(default)}`"
    cells = [f"`{field.text}`", _type(field, fields), need, _effect(field), _meaning(field, form)]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def _effect(field: Field) -> str:
    # What is inherited is said in the row that it comes from.
    rule = next((each for each in ALL_RULES if field.own and each.id == field.rule), None)
    return f"{field.effect}" + (f" ([{rule.id}](../{page_of(rule).removeprefix('docs/')}))" if rule else "")


def _meaning(field: Field, form: Field | None) -> str:
    said = [field.schema.get("description", "")]
    if field.own and field.note:
        said.append(field.note)
    if field.upstream:
        said.append(f"Not in upstream's schema: where it reads the file too, write {field.upstream}.")
    if form is not None and form.upstream:
        said.append(
            f"A {_WORDS[form.form or '']} is not in upstream's schema: where it reads the file too, write {form.upstream}."
        )
    if field.unenforced_upstream:
        said.append(f"Upstream takes it and does not hold to it: {field.unenforced_upstream}.")
    return " ".join(each for each in said if each)


_WORDS = {"object": "mapping", "string": "text", "integer": "number", "array": "list"}


def _type(field: Field, fields: Mapping[str, Field]) -> str:
    schema = field.schema
    if "const" in schema or "enum" in schema:
        return " or ".join(f"`{json.dumps(each)}`" for each in schema.get("enum", [schema.get("const")]))
    entry = fields.get(f"{field.text}[]")
    if schema.get("type") == "array" and entry is not None:
        return f"list of {_type(entry, fields)}"
    kinds = schema.get("type") or [
        each.get("type", "object") for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
    ]
    words = dict.fromkeys([kinds] if isinstance(kinds, str) else kinds)
    return " or ".join(_WORDS.get(each, each) for each in words) or "anything"


def main() -> int:
    """Write the page."""
    PAGE.write_text(generate(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
