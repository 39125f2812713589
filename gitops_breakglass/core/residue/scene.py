"""What has to be known of a grant, and of who else is about, to say what was left by it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gitops_breakglass.core.rbac.algebra import Attributes, allows
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.kube import NAMESPACE, ObjectKey
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.rules import Rules
from gitops_breakglass.model.window import Window

SECOND = timedelta(seconds=1)
"""Objects have their times in whole seconds, cut."""

_EVERYBODY = frozenset({"system:authenticated", "system:unauthenticated", "system:serviceaccounts"})
_ACCOUNTS_OF = "system:serviceaccounts:"
_OF_THE_CLUSTER = frozenset({"kube-system", "kube-node-lease", "kube-public", NAMESPACE})
"""Namespaces whose accounts are the cluster's own parts, and ours."""


@dataclass(frozen=True)
class Scene:
    """One grant: whose, when access held, and what it allowed."""

    subject: Subject | None
    spans: tuple[Window, ...]
    """From when to when access really held, a late end included; in order and disjoint."""
    scopes: tuple[ScopedRules, ...]
    bindings: frozenset[ObjectKey] = frozenset()
    """The grant's bindings, by which the audit log knows it."""
    ours: frozenset[str] = frozenset()
    """The uids of what the reconciler made, for whichever request."""

    @property
    def user(self) -> str:
        """The subject as the API server calls it in its log; empty for a group, which it calls by its members."""
        return "" if self.subject is None or self.subject.kind == "Group" else self.subject.username

    def span_of(self, at: datetime) -> Window | None:
        """Return the time of access in which something happened, told to the second."""
        begun = bisect_left(self.spans, at + SECOND, key=lambda each: each.start)
        return self.spans[begun - 1] if begun and at < self.spans[begun - 1].end else None

    def allowed(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        """Whether the grant let its subject do this to some object there."""
        return _allowed(((each.namespace, each.rules) for each in self.scopes), verb, group, resource, namespace)


@dataclass(frozen=True)
class Others:
    """Who else could have done it: everybody bound on the cluster but its own parts, and the subjects of other grants.

    Who holds everything by the group system:masters is bound nowhere, and is not reckoned with.
    """

    held: tuple[tuple[str, Rules], ...]
    """(namespace, rules), of bindings of the whole cluster with an empty namespace."""
    known: dict[tuple[str, str, str, str], bool] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was asked already: thousands of objects are of few kinds."""

    def might(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        """Whether any of them may do this to some object there."""
        asked = (verb, group, resource, namespace)
        if asked not in self.known:
            self.known[asked] = _allowed(self.held, *asked)
        return self.known[asked]


def others_of(rbac: Rbac, subject: Subject | None, grants: Iterable[ScopedRules]) -> Others:
    """Return who else may do something by the bindings of a cluster as they are now, and by grants of the same time."""
    roles = {(each.namespace, each.name): each.rules for each in rbac.roles}
    held = [
        (each.namespace, roles.get((each.namespace if each.role_kind == "Role" else "", each.role_name), ()))
        for each in rbac.bindings
        if any(_is_other(one, subject) for one in each.subjects)
    ]
    return Others((*held, *((each.namespace, each.rules) for each in grants)))


def _is_other(one: Subject, subject: Subject | None) -> bool:
    if one == subject:
        return False
    if one.kind == "ServiceAccount":
        return one.namespace not in _OF_THE_CLUSTER
    if one.kind == "Group" and one.name.startswith(_ACCOUNTS_OF):
        return one.name.removeprefix(_ACCOUNTS_OF) not in _OF_THE_CLUSTER
    return one.name in _EVERYBODY or not one.name.startswith("system:")


def _allowed(held: Iterable[tuple[str, Rules]], verb: str, group: str, resource: str, namespace: str) -> bool:
    fitting = (rules for where, rules in held if where in {"", namespace})
    return any(allows(rules, each) for rules in fitting for each in _asked(rules, Attributes(verb, group, resource)))


def _asked(rules: Rules, plain: Attributes) -> Iterator[Attributes]:
    """Yield the question for no object in particular, and for each that a rule names."""
    yield plain
    for name in {name for rule in rules for name in rule.resource_names}:
        yield Attributes(plain.verb, plain.group, plain.resource, name)
