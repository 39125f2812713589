"""Which level of Kubernetes' Pod Security Standards a pod needs, as far as its own words say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LEVELS = ("restricted", "baseline", "privileged")
"""Strictest first; a namespace that enforces one takes the pods of that and of those before it."""
_BASELINE = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
_PROFILES = frozenset({"RuntimeDefault", "Localhost"})


def level_of(spec: Mapping[str, Any]) -> str:
    """Return the strictest level that takes a pod of this spec, by the standards' rules on what debug pods mostly have.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """
    containers = [*_entries(spec, "containers"), *_entries(spec, "initContainers")]
    if (
        any(spec.get(each) is True for each in ("hostNetwork", "hostPID", "hostIPC"))
        or any("hostPath" in each for each in _entries(spec, "volumes"))
        or not all(_is_baseline(each) for each in containers)
    ):
        return "privileged"
    pod = _mapping(spec, "securityContext")
    return "restricted" if all(_is_restricted(each, pod) for each in containers) else "baseline"


def takes(enforced: str, level: str) -> bool:
    """Whether a namespace that enforces the one level takes pods of the other; a word that is no level enforces nothing."""
    return enforced not in LEVELS or LEVELS.index(level) <= LEVELS.index(enforced)


def _is_baseline(container: Mapping[str, Any]) -> bool:
    context = _mapping(container, "securityContext")
    return (
        context.get("privileged") is not True
        and set(_words(context, "add")) <= _BASELINE
        and not any("hostPort" in each for each in _entries(container, "ports"))
    )


def _is_restricted(container: Mapping[str, Any], pod: Mapping[str, Any]) -> bool:
    context = _mapping(container, "securityContext")
    whole = {**pod, **context}
    return (
        context.get("allowPrivilegeEscalation") is False
        and "ALL" in _words(context, "drop")
        and set(_words(context, "add")) <= {"NET_BIND_SERVICE"}
        and whole.get("runAsNonRoot") is True
        and whole.get("runAsUser") != 0
        and _mapping(whole, "seccompProfile").get("type") in _PROFILES
    )


def _words(context: Mapping[str, Any], which: str) -> Sequence[str]:
    found = _mapping(context, "capabilities").get(which)
    return [each for each in found if isinstance(each, str)] if isinstance(found, Sequence) else []


def _mapping(node: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    found = node.get(field)
    return found if isinstance(found, Mapping) else {}


def _entries(node: Mapping[str, Any], field: str) -> Iterator[Mapping[str, Any]]:
    found = node.get(field)
    return (each for each in found if isinstance(each, Mapping)) if isinstance(found, Sequence) else iter(())
