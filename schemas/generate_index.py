"""Writes schemas/index.json, and the schemas by which an editor finds a document's kind, from the schemas of the kinds."""  # noqa: INP001

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from gitops_breakglass.core.read.kinds import CONFIGURATION, IDENTITIES, POLICY_FOLDERS, REQUEST_KINDS

HERE = Path(__file__).parent
BASE = "https://gitops-breakglass.dev/schemas/"
NOT_IN_FILES = "access.gitops-breakglass.dev/"
"""Kinds that the reconciler writes to clusters, in no file of an access repository."""
ALONE = {"Configuration": CONFIGURATION, "Identities": IDENTITIES}
"""Kinds that have a file of their own."""
POLICY, REQUEST = "policy.schema.json", "request.schema.json"


def of_files() -> dict[str, dict[str, Any]]:
    """Return the schemas of every kind that a file of an access repository may hold, by file name."""
    found = {}
    for path in sorted(HERE.glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        version = schema["properties"]["apiVersion"].get("const", NOT_IN_FILES)
        if not version.startswith(NOT_IN_FILES):
            found[path.name] = schema
    return found


def chooser(name: str, title: str, description: str, kinds: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a schema that is, for each document, the one of its apiVersion and kind."""
    named = {file: {key: schema["properties"][key]["const"] for key in KEY} for file, schema in kinds.items()}
    choices = [
        {
            "if": {"required": list(KEY), "properties": {key: {"const": value} for key, value in consts.items()}},
            "then": {"$ref": file},
        }
        for file, consts in named.items()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": BASE + name,
        "title": title,
        "description": description,
        "type": "object",
        "required": list(KEY),
        "properties": {
            key: {"type": "string", "description": text, "enum": sorted({consts[key] for consts in named.values()})}
            for key, text in KEY.items()
        },
        "allOf": choices,
    }


KEY = {"apiVersion": "Version of this kind's form.", "kind": "What this document is; what it may say follows from it."}


def generate() -> dict[str, str]:
    """Return the text of each file, by its name."""
    kinds = of_files()
    by_side: dict[str, dict[str, dict[str, Any]]] = {POLICY: {}, REQUEST: {}}
    entries = []
    for file, schema in kinds.items():
        kind = schema["properties"]["kind"]["const"]
        entry = {"name": f"Access repository: {kind}", "description": schema["description"]}
        if kind in ALONE:
            entry["fileMatch"] = [ALONE[kind]]
        else:
            by_side[REQUEST if kind in REQUEST_KINDS else POLICY][file] = schema
        entries.append({**entry, "url": schema["$id"]})
    texts = {
        POLICY: ("Policy", "A document of the policy side of an access repository, whatever its kind."),
        REQUEST: ("Request", "A request for access, whatever its kind; one in a file."),
    }
    matches = {
        POLICY: [f"{folder}**/*.{end}" for folder in POLICY_FOLDERS for end in ("yaml", "yml")],
        REQUEST: ["requests/*/*.yaml"],
    }
    files: dict[str, Any] = {}
    for name, (title, description) in texts.items():
        files[name] = chooser(name, title, description, by_side[name])
        entry = {"name": f"Access repository: {title.lower()}", "description": description}
        entries.append({**entry, "fileMatch": matches[name], "url": BASE + name})
    files["index.json"] = {
        "$schema": "https://json.schemastore.org/schema-catalog.json",
        "version": 1,
        "schemas": sorted(entries, key=lambda each: each["url"]),
    }
    return {name: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for name, content in files.items()}


def main() -> int:
    """Write the files."""
    for name, text in generate().items():
        (HERE / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
