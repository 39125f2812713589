"""Access that looks like a grant's and is not ours: what would give its subject the same after the grant has ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from gitops_breakglass.core.plan.ends import listed_by
from gitops_breakglass.core.plan.ownership import ROLES, is_grant_object, is_stray
from gitops_breakglass.core.rbac.algebra import covers, intersect, union
from gitops_breakglass.model.grant import Record, ScopedRules, Statement
from gitops_breakglass.model.kube import PREFIX, RBAC, LiveObject, ObjectKey
from gitops_breakglass.model.policy import ClusterRole, Rbac, RoleBinding
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.rules import Rules

WATCHED = timedelta(days=30)
"""For how long after a grant's end what gives its subject the same is told."""
_ACCOUNT = "system:serviceaccount:"
_SHOWN = 3
_Place = tuple[str, str, str]
"""Kind, namespace and name of a role."""


@dataclass(frozen=True, order=True)
class LookAlike:
    """An object that is not ours and looks as if it were, or gives what a grant gave; it is told, and left."""

    key: ObjectKey
    why: str


def is_watched(record: Record, now: datetime) -> bool:
    """Whether what gives the subject of this record's grant the same is looked for: from the grant on, and for a while after.

    Debug sessions are not: their rights are on pods of their own, which go with them.
    """
    statement = record.statement
    if statement is None or statement.outcome != "granted" or statement.debug is not None or statement.subject is None:
        return False
    ends = [end for end in (record.ended_at, statement.expires_at) if end is not None]
    return not ends or now <= min(ends) + WATCHED


def look_alikes(
    records: Iterable[Record], objects: Sequence[LiveObject], others: Rbac, meant: Rbac, now: datetime
) -> tuple[LookAlike, ...]:
    """Return what of `others` binds to a grant's role, or gives a grant's subject the same, and strays of `objects`.

    `others` is all RBAC without our label. What stood before the grant began is somebody's standing right and is not
    told, nor is what `meant` (of the policy side) has as it is. Bindings count together: one right each is the same as all.
    """
    records = tuple(records)
    known = {uid for record in records for uid in record.uids.values()}
    bindings = [each for each in others.bindings if each.uid not in known]
    roles = {(_kind(each), each.namespace, each.name): each for each in others.roles}
    found = {
        each.key: "it carries our label, and we did not make it"
        for each in objects
        if is_stray(each) and each.uid not in known
    }
    approved = {_as_meant(each) for each in meant.bindings}
    fresh = [each for each in bindings if _as_meant(each) not in approved]
    for record in records:
        if is_watched(record, now) and record.statement is not None:
            found |= _of_grant(record.statement, fresh, roles)
    ours = _our_roles(records, objects)
    for binding in bindings:
        if _role_of(binding) in ours:
            people = ", ".join(_name(each) for each in binding.subjects[:_SHOWN]) or "nobody"
            found[_key(binding)] = f"it binds {people} to {binding.role_kind} {binding.role_name} of a grant"
    return tuple(sorted(LookAlike(key, why) for key, why in found.items()))


def _of_grant(
    statement: Statement, bindings: Sequence[RoleBinding], roles: Mapping[_Place, ClusterRole]
) -> dict[ObjectKey, str]:
    """Return the bindings that came with the grant or after it, and give its subject all that it gives in some place."""
    begun = min([statement.decided_at, *(window.start for window in statement.windows)])
    own = [
        (each, roles[_role_of(each)].rules)
        for each in bindings
        if _role_of(each) in roles and (each.created is None or each.created >= begun)
        if statement.subject is not None and any(_is_same(statement.subject, one) for one in each.subjects)
    ]
    found = {}
    for scope in statement.scopes if own else ():
        for place in sorted({each.namespace for each, _ in own} | {scope.namespace}):
            for binding in _giving(scope, place, own):
                who = _name(statement.subject) if statement.subject else ""
                where = f"in {place}" if place else "on the whole cluster"
                found[_key(binding)] = (
                    f"it gives {who} what the grant {statement.request} gives {where}, and has no end"
                )
    return found


def _giving(scope: ScopedRules, place: str, own: Sequence[tuple[RoleBinding, Rules]]) -> Iterator[RoleBinding]:
    """Return what of these bindings gives all of a scope in one place together."""
    if scope.namespace not in ("", place):
        return
    there = [(each, rules) for each, rules in own if each.namespace in ("", place) and intersect(rules, scope.rules)]
    asked = tuple(each for each in scope.rules if not (place and each.non_resource_urls))
    if there and asked and covers(union(*(rules for _, rules in there)), asked):
        yield from (each for each, _ in there)


def _our_roles(records: Iterable[Record], objects: Iterable[LiveObject]) -> AbstractSet[_Place]:
    """Return the roles that grants have, had or will have."""
    live = (each.key for each in objects if is_grant_object(each))
    listed = (key for record in records for key in (*listed_by(record), *record.uids))
    keys = (each for each in (*live, *listed) if each.kind in ROLES and each.name.startswith(PREFIX))
    return {(each.kind, each.namespace, each.name) for each in keys}


def _kind(role: ClusterRole) -> str:
    return "Role" if role.namespace else "ClusterRole"


def _role_of(binding: RoleBinding) -> _Place:
    return binding.role_kind, binding.namespace if binding.role_kind == "Role" else "", binding.role_name


def _as_meant(binding: RoleBinding) -> object:
    people = frozenset((each.kind, each.namespace, each.name) for each in binding.subjects)
    return binding.name, binding.namespace, _role_of(binding), people


def _key(binding: RoleBinding) -> ObjectKey:
    return ObjectKey(
        RBAC, "RoleBinding" if binding.namespace else "ClusterRoleBinding", binding.namespace, binding.name
    )


def _name(subject: Subject) -> str:
    """Return the username by which the API server knows a user or an account; groups keep their own name."""
    return f"{_ACCOUNT}{subject.namespace}:{subject.name}" if subject.kind == "ServiceAccount" else subject.name


def _is_same(one: Subject, other: Subject) -> bool:
    return (one.kind == "Group") == (other.kind == "Group") and _name(one) == _name(other)
