"""The files that ask for less next time: a request for what was used in namespaces, roles for the policy side for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gitops_breakglass.core.offers import ONE_TIME_MAXIMUM, asks_too_much
from gitops_breakglass.core.rbac.manifest import describe, to_manifest
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.grant import ScopedRules, Statement
from gitops_breakglass.model.kube import CLOUDNIMBUS_API, RBAC
from gitops_breakglass.model.policy import Offer
from gitops_breakglass.model.request import BreakglassRequest, NamespaceRules, RequestId, Schedule
from gitops_breakglass.model.window import Window, print_duration

_GROUP_WORD = "least"


@dataclass(frozen=True)
class NextRequest:
    """A request for what was used, and what it can't say."""

    text: str
    """YAML; empty where `problems` say why there is none."""
    offers: tuple[str, ...] = ()
    """The offers that it fits."""
    problems: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    """What was used on the whole cluster, which a request can't spell out: a role has to be offered for it."""


def next_request(
    statement: Statement, scopes: Sequence[ScopedRules], target: RequestId, offers: Iterable[Offer]
) -> NextRequest:
    """Return a `Breakglass` that asks for these rules in their namespaces, if an offer has them.

    What was used across the cluster is left out of it and told: rules in a request are for one namespace.
    """
    inside = tuple(each for each in scopes if each.namespace)
    beyond = tuple(describe(rule) for each in scopes if not each.namespace for rule in each.rules)
    if not inside:
        what = "all that was used, was used on the whole cluster" if beyond else "nothing was used"
        return NextRequest(
            "", problems=(f"{what}, so there is nothing that a request for namespaces could ask for",), beyond=beyond
        )
    wanted = BreakglassRequest(
        target,
        Document("", {}),
        Schedule(duration_of(statement)),
        policy=tuple(NamespaceRules(each.namespace, each.rules) for each in inside),
    )
    excesses = {each.name: asks_too_much(wanted, each) for each in offers}
    fitting = tuple(sorted(name for name, excess in excesses.items() if not excess))
    if not fitting:
        return NextRequest("", problems=(_nobody_offers(target, excesses),), beyond=beyond)
    return NextRequest(_request(statement, wanted), fitting, beyond=beyond)


def next_roles(statement: Statement, scopes: Sequence[ScopedRules]) -> str:
    """Return roles and bindings of the policy side that give exactly these rules, each where it was used.

    They are bound to a group of their own, which an escalation can then give; ClusterRoles can be offered by name, too.
    """
    group = f"{statement.request.name}-{_GROUP_WORD}"
    lines = [
        f"# What was used of {statement.request}, for the policy side. Offer it by a BreakglassEscalation with",
        f"# escalatedGroup: {group}, or the ClusterRole in breakglass.yaml, offers[].clusterRoles.",
    ]
    for scope in scopes:
        kind = "Role" if scope.namespace else "ClusterRole"
        metadata = {"name": group} | ({"namespace": scope.namespace} if scope.namespace else {})
        lines += ["---", *_head(RBAC, kind, metadata), *_list("rules", to_manifest(scope.rules), "")]
        lines += ["---", *_head(RBAC, f"{kind}Binding", metadata)]
        lines.append(f"roleRef: {_flow({'apiGroup': 'rbac.authorization.k8s.io', 'kind': kind, 'name': group})}")
        lines += _list("subjects", [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}], "")
    return "".join(f"{line}\n" for line in lines)


def duration_of(statement: Statement) -> timedelta:
    """Return how long one window was; recurring access has windows that a one-time request may not have."""
    if statement.recurrence is not None:
        return min(statement.recurrence.duration, ONE_TIME_MAXIMUM)
    longest = max(statement.windows, key=_length, default=None)
    return min(_length(longest), ONE_TIME_MAXIMUM) if longest else ONE_TIME_MAXIMUM


def _length(window: Window) -> timedelta:
    return window.end - window.start


def _nobody_offers(target: RequestId, excesses: dict[str, tuple[tuple[str, Any], ...]]) -> str:
    if not excesses:
        return f"breakglass.yaml offers nothing for {target.cluster}, so no request can name rules of its own there"
    name, nearest = min(excesses.items(), key=lambda each: (len(each[1]), each[0]))
    return f"no offer of breakglass.yaml has all of it; {name} comes closest: {nearest[0][0]}"


def _request(statement: Statement, wanted: BreakglassRequest) -> str:
    lines = [
        f"# What was used of {statement.request}. Say below why it is needed again.",
        *_head(CLOUDNIMBUS_API, "Breakglass", {"name": wanted.id.name}),
        "spec:",
        f"  justification: {_quoted(f'again what was used of {statement.request}')}",
        "  policy:",
    ]
    for each in wanted.policy:
        lines += [f"    - namespace: {_quoted(each.namespace)}", *_list("rules", to_manifest(each.rules), "      ")]
    lines += ["  schedule:", f"    duration: {print_duration(wanted.schedule.duration or ONE_TIME_MAXIMUM)}"]
    return "".join(f"{line}\n" for line in lines)


def _head(api_version: str, kind: str, metadata: dict[str, str]) -> Iterator[str]:
    yield f"apiVersion: {api_version}"
    yield f"kind: {kind}"
    yield "metadata:"
    yield from (f"  {name}: {_quoted(value)}" for name, value in metadata.items())


def _list(name: str, entries: Sequence[dict[str, Any]], indent: str) -> Iterator[str]:
    yield f"{indent}{name}:"
    yield from (f"{indent}  - {_flow(each)}" for each in entries)


def _flow(data: dict[str, Any]) -> str:
    """Return a mapping in YAML's flow style; its words are quoted as JSON has them, and so mean what they say."""
    inside = (f"{name}: {json.dumps(value, ensure_ascii=True)}" for name, value in data.items())
    return f"{{{', '.join(inside)}}}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)
