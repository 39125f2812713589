"""The namespace that sessions get by default is one that they may use."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, namespace_filter, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "default-namespace"
_BASE = ("spec", "namespaceConstraints")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE, BINDING):
        if not reading.has(*_BASE):
            continue
        yield from _usable(reading)
        user_may, user_may_not = (
            reading.flag(*_BASE, field) is True for field in ("allowUserNamespace", "denyUserNamespace")
        )
        if user_may and user_may_not:
            yield Finding(
                _ID,
                "denyUserNamespace takes away what allowUserNamespace gives",
                reading.document.at(*_BASE, "allowUserNamespace"),
                Severity.WARNING,
                hint="keep the one that is meant",
            )
        target, default = reading.text("spec", "targetNamespace"), reading.text(*_BASE, "defaultNamespace")
        if target and default and target != default:
            yield Finding(
                _ID,
                f"targetNamespace {target} has no effect beside defaultNamespace {default}",
                reading.document.at("spec", "targetNamespace"),
                Severity.WARNING,
                hint="keep one, or give both the same namespace",
            )


def _usable(reading: Reading) -> Iterator[Finding]:
    default = reading.text(*_BASE, "defaultNamespace")
    if not default:
        return
    denied = namespace_filter(reading, *_BASE, "deniedNamespaces")
    allowed = namespace_filter(reading, *_BASE, "allowedNamespaces")
    problem = None
    severity = Severity.ERROR
    if denied is not None and matches_any(denied.patterns, default):
        problem = "which deniedNamespaces denies"
        severity = Severity.ERROR if default in denied.patterns else Severity.WARNING
    elif allowed is not None and allowed.patterns and not allowed.terms and not matches_any(allowed.patterns, default):
        problem = "which allowedNamespaces does not allow"
        globbed = any("*" in pattern or "?" in pattern for pattern in allowed.patterns)
        severity = Severity.WARNING if globbed else Severity.ERROR
    if problem is not None:
        yield Finding(
            _ID,
            f"sessions get the namespace {default} by default, {problem}",
            reading.document.at(*_BASE, "defaultNamespace"),
            severity,
            hint="choose another default, or let the filter have it",
        )


RULE = Rule(
    _ID,
    "the default namespace of sessions is one that they may use",
    "A session that names no namespace gets the default. Where the filters forbid it, no such session can start; upstream "
    "refuses the template where it sees that without reading globs.",
    on_policy=_on_policy,
)
