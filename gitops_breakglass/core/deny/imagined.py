"""A cluster that nobody has asked, imagined by what grants and deny policies name, so that both can be compiled for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from gitops_breakglass.core.deny.ruleset import digest_of
from gitops_breakglass.model.deny import POD_SUBRESOURCES, DenyPolicy, PodOverride
from gitops_breakglass.model.enforcement import DenyFacts, InstalledGuard, Needs
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import ALL, ApiResource, Discovery, PolicyRule

_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_ELSE = "anything-else"
_OTHER_GROUP = "any-other-group"
_SOMEWHERE = "some-other-namespace"


def kinds_for(scopes: Iterable[ScopedRules], policies: Iterable[DenyPolicy]) -> Discovery:
    """Return what the cluster is taken to serve: all that is named, so that wildcards take in what policies are about.

    Where nothing is granted by wildcard, nothing has to be served.
    """
    rules = [rule for each in scopes for rule in each.rules]
    if not any(ALL in word for rule in rules for word in (*rule.verbs, *rule.api_groups, *rule.resources)):
        return Discovery()
    kinds = {
        ("", _ELSE),
        (_OTHER_GROUP, _ELSE),
        *(kind for rule in rules for kind in product(rule.api_groups, rule.resources)),
        *_denied(policies),
    }
    verbs = {*_VERBS, *(verb for rule in rules for verb in rule.verbs), *_verbs(policies)} - {ALL}
    return Discovery(
        tuple(
            ApiResource(group, name, tuple(sorted(verbs)), namespaced=True)
            for group, name in sorted(kinds)
            if ALL not in group and ALL not in name
        )
    )


def facts_for(policies: Iterable[DenyPolicy], override: PodOverride | None) -> DenyFacts:
    """Return what the cluster is taken to hold: the guard as it would be installed, and a namespace that nobody names."""
    digests = (digest_of(each.name, each.pods, override) for each in policies if each.pods is not None)
    return DenyFacts(guard=InstalledGuard(rules=True, pod_rules=frozenset(digests)), namespaces={_SOMEWHERE: {}})


def facts_of_folder(cluster: str, asked: Needs) -> DenyFacts:
    """Return what can be known of clusters that something else applies a folder to: no guard is installed, none is asked."""
    why = f"{cluster} is a folder of manifests: what is on the clusters behind it is not known"
    return DenyFacts(names=dict.fromkeys(asked.names, why))


def names_for(asked: Needs) -> dict[tuple[str, str, str], tuple[tuple[str, str], ...]]:
    """Return what the names are taken to be that compiling takes: none is there."""
    return dict.fromkeys(asked.names, ())


def something_else() -> ScopedRules:
    """Return a right that no policy names, for what a cluster may give beside all that is known."""
    return ScopedRules("", (PolicyRule((_ELSE,), (_OTHER_GROUP,), (_ELSE,)),), "the cluster")


def _denied(policies: Iterable[DenyPolicy]) -> Iterator[tuple[str, str]]:
    for policy in policies:
        for rule in policy.rules:
            for group, resource in product(rule.api_groups, rule.resources):
                yield group, resource
                yield from ((group, f"{resource}/{each}") for each in rule.subresources if each)
        if policy.pods is not None:
            yield "", "pods"
            yield from (("", f"pods/{each}") for each in policy.pods.subresources if each in POD_SUBRESOURCES)


def _verbs(policies: Iterable[DenyPolicy]) -> Iterator[str]:
    return (verb for policy in policies for rule in policy.rules for verb in rule.verbs)
