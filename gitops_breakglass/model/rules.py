"""RBAC rules as values: what a Role holds, and what may be said of two of them."""

from __future__ import annotations

from dataclasses import dataclass

ALL = "*"


@dataclass(frozen=True, order=True)
class PolicyRule:
    """One `PolicyRule` of `rbac.authorization.k8s.io/v1`; every field is sorted and without doubles.

    Either `resources` (with `api_groups`) or `non_resource_urls` is filled, as the API server demands.
    An empty `resource_names` means every name.
    """

    verbs: tuple[str, ...]
    api_groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    non_resource_urls: tuple[str, ...] = ()


Rules = tuple[PolicyRule, ...]


@dataclass(frozen=True, order=True)
class ApiResource:
    """One resource (or subresource, `pods/exec`) that an API server serves, as its discovery tells it."""

    group: str
    name: str
    verbs: tuple[str, ...]
    namespaced: bool


@dataclass(frozen=True)
class Discovery:
    """Every resource that one API server serves now; what wildcards are expanded by."""

    resources: tuple[ApiResource, ...] = ()
