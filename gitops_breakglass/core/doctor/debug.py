"""Whether the debug templates that are offered on a cluster can work there: its namespaces, what they admit, and its kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from gitops_breakglass.core.debug.namespaces import namespace_key
from gitops_breakglass.core.debug.needs import SessionNeeds, template_needs
from gitops_breakglass.core.doctor.check import Check
from gitops_breakglass.core.doctor.pod_level import level_of, takes
from gitops_breakglass.core.glob import SPECIAL
from gitops_breakglass.model.debug_offer import DebugTemplate
from gitops_breakglass.model.doctor import Diagnosis
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.rules import Discovery
from gitops_breakglass.model.session_kinds import NAMESPACE_KIND
from gitops_breakglass.model.unread import Unread

_CHECK = Check(
    "debug-templates", "A template that can't work on a cluster is approved, and then nothing comes of its sessions."
)
_ENFORCE = "pod-security.kubernetes.io/enforce"
_MOST_NAMED = 5


def wanted_namespaces(policy: PolicySide, cluster: str) -> tuple[ObjectKey, ...]:
    """Return the namespaces that templates of the cluster name; what they only describe by a pattern is not looked for."""
    names = {place for each in template_needs(policy, cluster).values() for place in _named(each)}
    return tuple(namespace_key(name) for name in sorted(names))


def debug_problems(
    policy: PolicySide, cluster: str, discovery: Discovery, namespaces: Mapping[ObjectKey, LiveObject | None]
) -> tuple[str, ...]:
    """Return what keeps templates from working, a phrase each."""
    served = {(each.group, each.name) for each in discovery.resources}
    return tuple(
        problem
        for name, needs in template_needs(policy, cluster).items()
        for problem in (
            *_unserved(name, needs, served),
            *_places(policy, policy.debug.templates[name], needs, namespaces),
        )
    )


def judge_debug(problems: tuple[str, ...] | Unread, cluster: str) -> Diagnosis:
    """Say whether there are any."""
    if isinstance(problems, Unread):
        return _CHECK.unknown(problems, cluster)
    if not problems:
        return _CHECK.ok("the debug templates for it find what they need", cluster)
    more = f"; and {len(problems) - _MOST_NAMED} more" if len(problems) > _MOST_NAMED else ""
    hint = "make the namespace, or let the template make it (createIfNotExists); or change label or template"
    return _CHECK.error("; ".join(problems[:_MOST_NAMED]) + more, hint, cluster)


def _unserved(name: str, needs: SessionNeeds, served: set[tuple[str, str]]) -> Iterator[str]:
    for each in sorted(needs.kinds, key=lambda kind: kind.kind):
        if (each.group, each.resource) not in served:
            yield f"{name} makes a {each.kind}, which is not served here as {each.api_version}"


def _places(
    policy: PolicySide,
    template: DebugTemplate,
    needs: SessionNeeds,
    namespaces: Mapping[ObjectKey, LiveObject | None],
) -> Iterator[str]:
    level = _level(policy, template)
    for place in _named(needs):
        live = namespaces.get(namespace_key(place))
        if live is None:
            if NAMESPACE_KIND not in needs.kinds:
                yield f"{template.name} has pods in the namespace {place}, which is not there"
        elif not takes(live.labels.get(_ENFORCE, ""), level):
            yield f"{template.name} has pods of the level {level}, and {place} enforces {live.labels[_ENFORCE]}"


def _level(policy: PolicySide, template: DebugTemplate) -> str:
    """Return the level of the template's own pods as it says them; a text that is filled in later says nothing yet."""
    debug = cast("Mapping[str, Any]", template.spec.get("kubectlDebug") or {})
    if (debug.get("nodeDebug") or {}).get("enabled") is True:
        return "privileged"
    pod = policy.debug.pods.get(template.pod)
    spec = cast("Mapping[str, Any]", pod.spec) if pod is not None else {}
    written = spec.get("podSpec") or (spec.get("template") or {}).get("spec")
    return level_of(written) if isinstance(written, Mapping) else "restricted"


def _named(needs: SessionNeeds) -> tuple[str, ...]:
    return tuple(each for each in needs.places if not SPECIAL & set(each))
