"""Documents against the JSON Schemas of their kinds: every field that is unknown, missing or of the wrong form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import islice
from typing import Any

from gitops_breakglass.core.fields import Field, told_of
from gitops_breakglass.core.schema_keys import KEYWORD, DistinctEntries
from gitops_breakglass.core.schema_loose import loosened
from gitops_breakglass.core.schema_words import explain
from gitops_breakglass.model.deny import DenyPolicy
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, Severity, in_order

_ON_CLUSTERS = "access.gitops-breakglass.dev/"
"""Kinds that the reconciler writes to clusters; nobody asks for one with a file."""


MOST_FINDINGS = 100
"""Findings told about one document."""


@dataclass(frozen=True)
class Catalog:
    """The schemas of all kinds. Validators are built when a kind is first met: one costs more than a small file."""

    schemas: Mapping[tuple[str, str], Mapping[str, Any]]
    """JSON Schemas by apiVersion and kind."""
    parts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The files that schemas refer to, by their path beside them; one is asked for when a kind needs it."""
    shipped: Callable[[], tuple[DenyPolicy, ...]] = tuple
    """The deny policies that ship beside the schemas, read when a policy side is."""
    _validators: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False, repr=False)
    _loose: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False, repr=False)
    _told: dict[tuple[str, str], tuple[Field, ...]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def kinds(self) -> tuple[tuple[str, str], ...]:
        """The apiVersion and kind of everything that a file may be, sorted."""
        return tuple(sorted(key for key in self.schemas if not key[0].startswith(_ON_CLUSTERS)))

    def validate(self, document: Document) -> tuple[Finding, ...]:
        """Return everything in the document that its schema does not allow, in order of place."""
        key = (document.api_version, document.kind)
        if key not in self.schemas or key[0].startswith(_ON_CLUSTERS):
            return (self._unknown(document),)
        validator = self._validators.get(key)
        if validator is None:
            validator = self._validators[key] = _validator(self.schemas[key], self._referred(self.schemas[key]))
        if validator.is_valid(document.data):
            return ()
        return _findings(validator, self._whole(self.schemas[key]), document)

    def asked(self, document: Document) -> tuple[Finding, ...]:
        """Return the same for a document of a known kind that is only asked what it means.

        They are warnings where it is plain all the same: a word of an odd form, one that is given twice, a null.
        """
        findings = self.validate(document)
        key = (document.api_version, document.kind)
        if not findings or key not in self.schemas:
            return findings
        if key not in self._loose:
            self._loose[key] = _validator(loosened(self.schemas[key]), self._referred(self.schemas[key]))
        if not self._loose[key].is_valid(document.data):
            return findings
        return tuple(replace(each, severity=Severity.WARNING) for each in findings)

    def told(self, document: Document) -> tuple[Field, ...]:
        """Return the fields of the document's kind that something is told about where they are set."""
        key = (document.api_version, document.kind)
        if key not in self._told:
            self._told[key] = told_of(self.schemas[key], self.parts) if key in self.schemas else ()
        return self._told[key]

    def _referred(self, schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """Return the files that a schema refers to, and those that they refer to, by path."""
        found: dict[str, Mapping[str, Any]] = {}
        waiting = [schema]
        while waiting:
            names = set(_files(waiting.pop())) - set(found)
            # Not all names of files are asked for where there is nothing to look for, which takes a while.
            for name in names & set(self.parts) if names else ():
                found[name] = self.parts[name]
                waiting.append(found[name])
        return found

    def _whole(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a schema with the definitions of other files beside its own: a name means the same in all of them."""
        definitions: dict[str, Any] = {}
        for part in self._referred(schema).values():
            definitions |= part["$defs"]
        return {**schema, "$defs": definitions | schema.get("$defs", {})}

    def _unknown(self, document: Document) -> Finding:
        version, kind = document.api_version, document.kind
        if not kind or not version:
            missing = "kind" if version else "apiVersion"
            hint = "a document begins with `apiVersion:` and `kind:`"
            return Finding("unknown-kind", f"`{missing}` is missing, or no text", document.at(missing), hint=hint)
        versions = [each for each, name in self.kinds if name == kind]
        if versions:
            message = f"apiVersion `{version}` of {kind} is not known"
            hint = f"write `apiVersion: {versions[0]}`"
            return Finding("unknown-kind", message, document.at("apiVersion"), hint=hint)
        if version.startswith(_ON_CLUSTERS):
            message = f"{kind} is written to clusters by the reconciler, and never read from a file"
            return Finding("unknown-kind", message, document.at("kind"), hint="take it out of the repository")
        close = get_close_matches(kind, [name for _, name in self.kinds], n=1)
        known = sorted({name for _, name in self.kinds})
        hint = f"did you mean `{close[0]}`?" if close else f"known kinds are {', '.join(known)}"
        return Finding("unknown-kind", f"the kind `{kind}` ({version}) is not known", document.at("kind"), hint=hint)


def fits(schema: Mapping[str, Any]) -> Callable[[Document], tuple[Finding, ...]]:
    """Return what tells everything in a document that a schema does not allow; it refers to no other file."""
    validator = _validator(schema, {})
    return lambda document: () if validator.is_valid(document.data) else _findings(validator, schema, document)


def _findings(validator: Any, schema: Mapping[str, Any], document: Document) -> tuple[Finding, ...]:
    told = (each for error in validator.iter_errors(document.data) for each in explain(error, schema, document))
    # Explaining looks for the word that was meant; a hostile document could ask for it a hundred thousand times.
    found = list(islice(told, MOST_FINDINGS + 1))
    if len(found) <= MOST_FINDINGS:
        return in_order(found)
    more = f"there are more than {MOST_FINDINGS} findings about this document"
    last = Finding("schema", more, document.at("kind"), hint="mend these first")
    return in_order((*found[:MOST_FINDINGS], last))


def _files(node: Any) -> Iterator[str]:
    """Yield the files that references in a schema name."""
    if isinstance(node, Mapping):
        reference = node.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            yield reference.partition("#")[0]
    for each in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _files(each)


def _validator(schema: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]]) -> Any:
    import jsonschema_rs

    known = jsonschema_rs.Registry([(part["$id"], dict(part)) for part in parts.values()]) if parts else None
    # `offline`: nothing is ever fetched. RegexOptions: patterns in linear time, as the API server's.
    return jsonschema_rs.Draft202012Validator(
        dict(schema),
        offline=True,
        registry=known,
        keywords={KEYWORD: DistinctEntries},
        pattern_options=jsonschema_rs.RegexOptions(),
        validate_formats=False,
    )
