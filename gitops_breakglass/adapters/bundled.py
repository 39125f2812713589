"""Finds what ships with the package: schemas, CustomResourceDefinitions, default policies and what rules are about."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from gitops_breakglass.core.rule_page import RulePage, read_pages
from gitops_breakglass.core.schema import Catalog, fits
from gitops_breakglass.model.deny import DenyPolicy
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.finding import Finding

_PACKAGE = Path(__file__).parents[1]

_OF_MANY_KINDS = {"policy.schema.json", "request.schema.json"}
"""For editors, which need one schema for a folder; they refer to those of the kinds."""
_KIND = re.compile(r"[A-Z][A-Za-z]{0,62}", re.ASCII)
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def folder(name: str, package: Path = _PACKAGE) -> Path:
    """Return the folder `docs`, `schemas` or `policies`: inside the installed package, else beside it in a checkout.

    Raises UsageError where it is in neither place.
    """
    for place in (package / "_data" / name, package.parent / name):
        if place.is_dir():
            return place
    hint = "install gitops-breakglass again, from a wheel or a whole checkout"
    raise UsageError(f"the folder `{name}` that ships with gitops-breakglass is missing", hint=hint)


@cache
def schema_catalog() -> Catalog:
    """Return the schemas of every kind, each read when a document of the kind is met. Raises UsageError without any."""
    return Catalog(_OfKinds(folder("schemas")), _Parts(folder("schemas")), shipped=default_policies)


@cache
def case_fits() -> Callable[[Document], tuple[Finding, ...]]:
    """Return what tells what is wrong with the form of a case for `policy test`. Raises UsageError without its schema.

    The policies in a case are documents of their own, which the catalog judges.
    """
    schema = json.loads((folder("schemas") / "input" / "policy-case.schema.json").read_bytes())
    schema["properties"]["policies"]["items"] = {"type": "object"}
    return fits(schema)


class _OfKinds(Mapping[tuple[str, str], Mapping[str, Any]]):
    """The schema files of kinds, by apiVersion and kind; their names are the kinds', written with dashes."""

    def __init__(self, schemas: Path) -> None:
        self._schemas = schemas
        self._read: dict[str, Mapping[str, Any]] = {}

    def __getitem__(self, key: tuple[str, str]) -> Mapping[str, Any]:
        # What a document calls its kind can be anything, a path too.
        name = _CAPITAL.sub("-", key[1]).lower() if _KIND.fullmatch(key[1]) else ""
        schema = self._file(name)
        if schema is None or _key(schema) != key:
            raise KeyError(key)
        return schema

    def _file(self, name: str) -> Mapping[str, Any] | None:
        if name not in self._read and name in self._names:
            self._read[name] = json.loads((self._schemas / f"{name}.schema.json").read_bytes())
        return self._read.get(name)

    @cached_property
    def _names(self) -> frozenset[str]:
        files = (path.name for path in self._schemas.glob("*.schema.json") if path.name not in _OF_MANY_KINDS)
        return frozenset(name.removesuffix(".schema.json") for name in files)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return (_key(schema) for name in sorted(self._names) if (schema := self._file(name)) is not None)

    def __len__(self) -> int:
        return len(self._names)


def _key(schema: Mapping[str, Any]) -> tuple[str, str]:
    properties = schema["properties"]
    return properties["apiVersion"]["const"], properties["kind"]["const"]


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
    return tuple(dict(document.data) for document in _documents(folder("schemas").glob("crds/*.yaml")))


@cache
def default_policies() -> tuple[DenyPolicy, ...]:
    """Return the deny policies that ship, by name. Raises UsageError where they are missing."""
    return policies_in(folder("policies"))


def policies_in(place: Path) -> tuple[DenyPolicy, ...]:
    """Return the deny policies of a folder that ships. Raises UsageError without any: nobody has to miss them to notice."""
    from gitops_breakglass.core.read.deny import read_deny

    found = tuple(replace(read_deny(document), ships=True) for document in _documents(place.glob("*.yaml")))
    if not found:
        hint = "install gitops-breakglass again, from a wheel or a whole checkout"
        raise UsageError("the deny policies that ship with gitops-breakglass are missing", hint=hint)
    return found


def _documents(files: Iterable[Path]) -> Iterator[Document]:
    """Go through the documents of YAML files that ship. Raises UsageError for one that can't be read."""
    from gitops_breakglass.adapters.yamlfile import load

    for path in sorted(files):
        loaded = load(path.read_bytes(), f"{path.parent.name}/{path.name} (shipped)")
        if loaded.findings:
            raise UsageError(f"a file that ships with gitops-breakglass can't be read: {loaded.findings[0].message}")
        yield from loaded.documents
