"""RBAC rules as Kubernetes writes them, and as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gitops_breakglass.model.rules import PolicyRule, Rules

_FIELDS = {
    "apiGroups": "api_groups",
    "resources": "resources",
    "resourceNames": "resource_names",
    "nonResourceURLs": "non_resource_urls",
    "verbs": "verbs",
}


def to_manifest(rules: Rules) -> list[dict[str, list[str]]]:
    """Return the `rules` of a Role or ClusterRole, empty fields left out."""
    return [{name: list(words) for name, field in _FIELDS.items() if (words := getattr(each, field))} for each in rules]


def from_manifest(rules: Iterable[Mapping[str, Any]] | None) -> Rules:
    """Read the `rules` of a Role or ClusterRole, which may be null. Raises ValueError for anything but lists of strings."""
    return tuple(_rule(each, f"rules[{index}]") for index, each in enumerate(rules or ()))


def describe(rule: PolicyRule) -> str:
    """Return the rule as one phrase: `get, list pods, pods/log named web-0 (core)`."""
    verbs = ", ".join(rule.verbs)
    if not rule.resources:
        return f"{verbs} {', '.join(rule.non_resource_urls)}"
    names = f" named {', '.join(rule.resource_names)}" if rule.resource_names else ""
    return f"{verbs} {', '.join(rule.resources)}{names} ({', '.join(group or 'core' for group in rule.api_groups)})"


def _rule(data: object, where: str) -> PolicyRule:
    if not isinstance(data, Mapping):
        raise ValueError(f"{where} must be a mapping, not {data!r}")
    return PolicyRule(**{field: _words(data.get(name), f"{where}.{name}") for name, field in _FIELDS.items()})


def _words(data: object, where: str) -> tuple[str, ...]:
    """Return a list of strings, sorted and without doubles."""
    if data is None:
        return ()
    # A string is a sequence of letters too: `verbs: get` must not become g, e and t.
    if isinstance(data, str) or not isinstance(data, Sequence) or not all(isinstance(word, str) for word in data):
        raise ValueError(f"{where} must be a list of strings, not {data!r}")
    return tuple(sorted(set(data)))
