"""Writes schemas/crds/*.yaml, the CustomResourceDefinitions, from the JSON Schemas that have an `x-crd` block."""  # noqa: INP001

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from gitops_breakglass.adapters.yamlfile import dump

HERE = Path(__file__).parent

# Keywords that mean something to editors or to JSON Schema only, or that a structural schema may not have. A default would
# make the API server store something else than what was written.
DROPPED = {"$ref", "title", "examples", "default", "errorMessage", "uniqueItems", "propertyNames", "x-dialect", "x-crd"}


def structural(schema: Any, definitions: dict[str, Any]) -> Any:
    """Return a schema as the API server takes it: references filled in, closed objects open (it prunes by itself)."""
    if isinstance(schema, list):
        return [structural(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        schema = {**definitions[schema["$ref"].removeprefix("#/$defs/")], **schema}
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key in DROPPED or (key == "additionalProperties" and value is False):
            continue
        if key == "properties":
            result[key] = {
                name: structural(each, definitions) for name, each in value.items() if each.get("x-dialect") != "ours"
            }
        elif key == "const":
            result["enum"] = [value]
        elif key == "x-validations":
            result["x-kubernetes-validations"] = value
        else:
            result[key] = structural(value, definitions)
    return result


def definition(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the CustomResourceDefinition of a schema with an `x-crd` block."""
    crd, properties, definitions = schema["x-crd"], schema["properties"], schema.get("$defs", {})
    group, version = properties["apiVersion"]["const"].split("/")
    kind = properties["kind"]["const"]
    spec = structural(properties["spec"], definitions)
    if "specRequired" in crd:
        # The strict dialect: fields of ours are gone, and with them the choice between those and upstream's.
        spec = {key: value for key, value in spec.items() if key != "anyOf"} | {"required": crd["specRequired"]}
    parts = {"metadata": {"type": "object"}, "spec": spec}
    versioned: dict[str, Any] = {"name": version, "served": True, "storage": True}
    if "status" in properties:
        status = properties["status"]
        full = {"$ref": status["x-crd"]} if "x-crd" in status else status
        parts["status"] = structural(full, definitions)
        versioned["subresources"] = {"status": {}}
    versioned["additionalPrinterColumns"] = [
        {"name": name, "type": "string", "jsonPath": path} for name, path in crd["columns"]
    ]
    root = {"description": schema["description"], "type": "object", "required": ["spec"]}
    names = {"type": "string"}
    versioned["schema"] = {"openAPIV3Schema": {**root, "properties": {"apiVersion": names, "kind": names, **parts}}}
    naming = {"plural": crd["plural"], "singular": crd["singular"], "kind": kind, "listKind": f"{kind}List"}
    if crd["shortNames"]:
        naming["shortNames"] = crd["shortNames"]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{crd['plural']}.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": naming, "versions": [versioned]},
    }


def generate() -> dict[str, str]:
    """Return the text of each file under schemas/crds/, by its name."""
    files = {}
    for path in sorted(HERE.glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        if "x-crd" in schema:
            head = f"# Generated from schemas/{path.name} by schemas/generate_crds.py.\n"
            files[f"{schema['x-crd']['plural']}.yaml"] = head + dump(definition(schema))
    return files


def main() -> int:
    """Write the files."""
    for name, text in generate().items():
        (HERE / "crds" / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
