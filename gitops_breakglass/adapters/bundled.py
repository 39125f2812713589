"""Finds what ships with the package: schemas, CustomResourceDefinitions, default policies and what rules are about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gitops_breakglass.core.rule_page import RulePage, read_pages
from gitops_breakglass.core.schema import Catalog
from gitops_breakglass.model.errors import UsageError

_PACKAGE = Path(__file__).parents[1]

_OF_MANY_KINDS = {"policy.schema.json", "request.schema.json"}
"""For editors, which need one schema for a folder; they refer to those of the kinds."""


def folder(name: str, package: Path = _PACKAGE) -> Path:
    """Return the folder `docs`, `schemas` or `policies`: inside the installed package, else beside it in a checkout.

    Raises UsageError where it is in neither place.
    """
    for place in (package / "_data" / name, package.parent / name):
        if place.is_dir():
            return place
    hint = "Install gitops-breakglass again, from a wheel or a whole checkout."
    raise UsageError(f"the folder `{name}` that ships with gitops-breakglass is missing", hint=hint)


@cache
def schema_catalog() -> Catalog:
    """Return the schemas of every kind, read once. Raises UsageError where they are missing."""
    files = sorted(path for path in folder("schemas").glob("*.schema.json") if path.name not in _OF_MANY_KINDS)
    return Catalog.of({path.name: json.loads(path.read_bytes()) for path in files}, _Parts(folder("schemas")))


class _Parts(Mapping[str, Any]):
    """The schema files that others refer to, by their path beside them; each is read when it is first asked for."""

    def __init__(self, schemas: Path) -> None:
        self._schemas = schemas
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = json.loads((self._schemas / name).read_bytes())
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        files = [*self._schemas.glob("*.schema.json"), *self._schemas.glob("kubernetes/*.schema.json")]
        return iter(sorted(path.relative_to(self._schemas).as_posix() for path in files))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def rule_pages() -> Mapping[str, RulePage]:
    """Return what the documentation says of each rule, by its id. Raises UsageError where it is missing."""
    files = sorted((folder("docs") / "rules").glob("*.md"))
    return {page.id: page for file in files for page in read_pages(file.read_text(encoding="utf-8"), file.name)}


@cache
def crds() -> tuple[dict[str, Any], ...]:
    """Return the CustomResourceDefinitions that `install` applies, by name. Raises UsageError where they are missing."""
    from gitops_breakglass.adapters.yamlfile import load

    found = []
    for path in sorted(folder("schemas").glob("crds/*.yaml")):
        loaded = load(path.read_bytes(), path.name)
        if loaded.findings:
            raise UsageError(f"a file that ships with gitops-breakglass can't be read: {loaded.findings[0].message}")
        found += [dict(document.data) for document in loaded.documents]
    return tuple(found)
