"""The ceiling: the one ClusterRole that bounds what the reconciler can grant, and what holding it means."""

from __future__ import annotations

from gitops_breakglass.core.install.identities import bound
from gitops_breakglass.core.install.marks import metadata
from gitops_breakglass.core.rbac.algebra import Attributes, allows
from gitops_breakglass.core.rbac.manifest import to_manifest
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.kube import RBAC, Manifest
from gitops_breakglass.model.rules import ALL, Rules

CEILING = "gitops-breakglass-ceiling"

_MAKES_ACCESS = frozenset({"escalate", "bind", "impersonate"})

_TELLING = (
    ("read Secrets", Attributes(verb="get", resource="secrets")),
    ("change Secrets", Attributes(verb="patch", resource="secrets")),
    ("make Pods", Attributes(verb="create", resource="pods")),
    ("run commands in Pods", Attributes(verb="create", resource="pods/exec")),
    ("change Deployments", Attributes(verb="patch", group="apps", resource="deployments")),
    ("delete Namespaces", Attributes(verb="delete", resource="namespaces")),
    ("change Nodes", Attributes(verb="patch", resource="nodes")),
)


def ceiling_role(rules: Rules, reconciler: str) -> tuple[Manifest, ...]:
    """Return the ClusterRole of everything that can be granted, and its binding to the reconciler.

    Raises UsageError where the rules hold a wildcard or a right that makes rights: then they would bound nothing.
    """
    for rule in rules:
        if ALL in (*rule.verbs, *rule.api_groups, *rule.resources, *rule.non_resource_urls):
            raise UsageError(
                f"the ceiling would hold a wildcard: {to_manifest((rule,))[0]}",
                hint="name the verbs, groups and resources in the policy side",
            )
        if makes := sorted(_MAKES_ACCESS.intersection(rule.verbs)):
            raise UsageError(
                f"the ceiling would hold {', '.join(makes)}: {to_manifest((rule,))[0]}",
                hint="take it out of the policy side: no grant can give it",
            )
    role = {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": metadata(CEILING), "rules": to_manifest(rules)}
    return (role, bound(CEILING, reconciler))


def told(rules: Rules) -> tuple[str, ...]:
    """Say what the reconciler could do with the ceiling itself, in lines for the administrator who installs it."""
    can = [words for words, asked in _TELLING if allows(rules, asked)]
    count = "1 rule" if len(rules) == 1 else f"{len(rules)} rules"
    return (
        f"The reconciler holds a ceiling of {count}: everything that the policy side can grant here.",
        *((f"Among these are rights to {_listed(can)}.",) if can else ()),
        "The fence refuses it every write, exec and port-forward of its own. Reads it can't refuse, so whoever has the",
        "reconciler's credentials can read whatever can be granted: keep them as you would an administrator's.",
        "When the policy side grows, install again: until then what is new can't be granted.",
    )


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
