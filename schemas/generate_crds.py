"""Writes schemas/crds/**/*.yaml, the CustomResourceDefinitions, from the JSON Schemas that have an `x-crd` block."""  # noqa: INP001

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from gitops_breakglass.adapters.yamlfile import dump

HERE = Path(__file__).parent

# Keywords that mean something to editors or to JSON Schema only, or that a structural schema may not have.
DROPPED = {"title", "examples", "errorMessage", "uniqueItems", "propertyNames", "if", "then", "else"}
CHOICES = ("anyOf", "oneOf")


def structural(schema: Any, definitions: dict[str, Any], *, defaults: bool = False, sets: bool = False) -> Any:
    """Return a schema as the API server takes it: references filled in, closed objects open (it prunes by itself).

    What is marked `"x-dialect": "ours"` is left out, and `x-strict` says what the strict dialect has in place of
    keywords (null: nothing). `defaults`: whether they are kept. The API server stores them, so that an object is no
    longer what was written; definitions that our reconciler writes to do without. `sets`: whether a list of texts that
    names nothing twice is a set to the API server, too; upstream's are not.
    """

    def inner(node: Any) -> Any:
        return structural(node, definitions, defaults=defaults, sets=sets)

    if isinstance(schema, list):
        return [inner(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = _strict(schema)
    while "$ref" in schema:
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = _strict({**definitions[schema["$ref"].rpartition("#/$defs/")[2]], **rest})
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key in DROPPED or (key == "additionalProperties" and value is False):
            continue
        if key.startswith("x-") and not key.startswith("x-kubernetes-"):
            continue
        if key == "description" and str(value).endswith(", as Kubernetes defines it."):
            continue  # it says no more than the field's name, thousands of times
        if key == "default":
            result |= {key: value} if defaults else {}
        elif key == "properties":
            kept = {name: each for name, each in value.items() if each.get("x-dialect") != "ours"}
            result[key] = {name: inner(each) for name, each in kept.items()}
        elif key == "const":
            result["enum"] = [value]
        else:
            result[key] = inner(value)
    if sets and schema.get("uniqueItems") and result["items"]["type"] == "string":
        result["x-kubernetes-list-type"] = "set"
    if "x-validations" in schema:
        result["x-kubernetes-validations"] = schema["x-validations"]
    return result


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema as the strict dialect has it; a choice that leaves one form is that form."""
    overlay = schema.get("x-strict", {})
    schema = {key: value for key, value in {**schema, **overlay}.items() if value is not None}
    for choice in CHOICES:
        branches = schema.get(choice, [])
        left = [each for each in branches if each.get("x-dialect") != "ours"]
        if len(left) < len(branches):
            rest = {key: value for key, value in schema.items() if key != choice}
            schema = {**left[0], **rest} if len(left) == 1 else {**rest, choice: left}
    return schema


def definition(schema: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """Return the CustomResourceDefinition of a schema with an `x-crd` block; `others` are other files' definitions."""
    crd, properties, definitions = schema["x-crd"], schema["properties"], others | schema.get("$defs", {})
    group, version = properties["apiVersion"]["const"].split("/")
    kind = properties["kind"]["const"]
    defaults, sets = bool(crd.get("folder")), bool(crd.get("sets"))
    parts = {"metadata": {"type": "object"}}
    parts["spec"] = structural(properties["spec"], definitions, defaults=defaults, sets=sets)
    versioned: dict[str, Any] = {"name": version, "served": True, "storage": True}
    if "status" in properties:
        status = properties["status"]
        full = {"$ref": status["x-crd"]} if "x-crd" in status else status
        parts["status"] = structural(full, definitions, defaults=defaults)
        versioned["subresources"] = {"status": {}}
    # A column is its name, its path, and its type where that is not text.
    versioned["additionalPrinterColumns"] = [
        {"name": name, "type": (*types, "string")[0], "jsonPath": path} for name, path, *types in crd["columns"]
    ]
    if "selectable" in crd:
        versioned["selectableFields"] = [{"jsonPath": path} for path in crd["selectable"]]
    root = {"description": schema["description"], "type": "object", "required": ["spec"]}
    names = {"type": "string"}
    versioned["schema"] = {"openAPIV3Schema": {**root, "properties": {"apiVersion": names, "kind": names, **parts}}}
    naming = {"plural": crd["plural"], "singular": crd["singular"], "kind": kind, "listKind": f"{kind}List"}
    if crd["shortNames"]:
        naming["shortNames"] = crd["shortNames"]
    scope = crd.get("scope", "Namespaced")
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{crd['plural']}.{group}"},
        "spec": {"group": group, "scope": scope, "names": naming, "versions": [versioned]},
    }


def generate() -> dict[str, str]:
    """Return the text of each file under schemas/crds/, by its path there; `install` applies those in no folder."""
    files = {}
    paths = sorted([*HERE.glob("*.schema.json"), *HERE.glob("kubernetes/*.schema.json")])
    schemas = {path: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    # A name means the same in every file, but for what is a file's own and is found there first.
    others = {name: node for schema in schemas.values() for name, node in schema.get("$defs", {}).items()}
    for path, schema in schemas.items():
        if "x-crd" in schema:
            head = f"# Generated from schemas/{path.name} by schemas/generate_crds.py.\n"
            name = Path(schema["x-crd"].get("folder", ""), f"{schema['x-crd']['plural']}.yaml").as_posix()
            files[name] = head + dump(definition(schema, others))
    return files


def main() -> int:
    """Write the files."""
    for name, text in generate().items():
        file = HERE / "crds" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
