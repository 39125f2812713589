"""A pod that is written as text begins with a pod, and its template is closed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import TEMPLATE, readings, shown
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "pod-template-text"
_VERSIONS = {"Pod": "v1", "Deployment": "apps/v1", "DaemonSet": "apps/v1"}
"""What the first document may be, where it says its kind; without one it is a bare pod specification."""
_SEPARATOR = re.compile(r"^---[ \t]*$", re.MULTILINE)
_BRACES = re.compile(r"\{\{|\}\}")
_WORD = re.compile(r"^(apiVersion|kind):[ \t]*[\"']?([A-Za-z0-9./]*)[\"']?[ \t]*(?:#.*)?$", re.MULTILINE | re.ASCII)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, "DebugPodTemplate"):
        yield from _pod(reading, ("spec", "templateString"))
    for reading in readings(facts, TEMPLATE):
        yield from _pod(reading, ("spec", "podTemplateString"))
        others: list[Path] = [("spec", "podOverridesTemplate")]
        for index in range(reading.count("spec", "auxiliaryResources")):
            others.append(("spec", "auxiliaryResources", index, "templateString"))
        for path in others:
            yield from _braces(reading, path)


def _pod(reading: Reading, path: Path) -> Iterator[Finding]:
    yield from _braces(reading, path)
    first = _SEPARATOR.split(reading.text(*path) or "", maxsplit=1)[0]
    # What a template makes out of it is known once it is filled in, not before.
    words = {} if "{{" in first else {match[1]: match[2] for match in _WORD.finditer(first)}
    if not words:
        return
    kind, version = words.get("kind", ""), words.get("apiVersion", "")
    if _VERSIONS.get(kind) != version:
        yield Finding(
            _ID,
            f"{shown(path)} begins with {kind or 'no kind'} ({version or 'no apiVersion'}), and has to begin with a pod",
            reading.document.at(*path),
            hint="a bare pod specification, a Pod (v1), or a Deployment or DaemonSet (apps/v1); more documents may follow",
        )
    elif kind != "Pod" and reading.text("spec", "workloadType") not in (None, kind):
        yield Finding(
            _ID,
            f"{shown(path)} is a {kind}, and workloadType is {reading.text('spec', 'workloadType')}",
            reading.document.at(*path),
            Severity.WARNING,
            hint="a session can't start unless they agree",
        )


def _braces(reading: Reading, path: Path) -> Iterator[Finding]:
    is_open = False
    for brace in _BRACES.findall(reading.text(*path) or ""):
        if brace == "{{" and is_open:
            break
        is_open = brace == "{{"
    if is_open:
        yield Finding(
            _ID,
            f"{shown(path)} opens `{{{{` and does not close it",
            reading.document.at(*path),
            hint="close each with `}}`",
        )


RULE = Rule(
    _ID,
    "a pod that is written as text begins with a pod, and its template is closed",
    "Upstream makes the workload out of the first document of the text, and refuses another kind there. Whether the template "
    "works with the values of a session is not tried here.",
    on_policy=_on_policy,
)
