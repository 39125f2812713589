"""Whom a debug session acts as is somebody that the API server lets it be, with the constraints that are meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.debug.blocks import BINDING, TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "impersonation-contradicts"
_BASE = ("spec", "impersonation")
_NODE, _ACCOUNT = "system:node:", "system:serviceaccount:"
_BY_NAME_ALONE = ("serviceaccount", "arbitrary-node")
_DNS = re.compile(r"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z", re.ASCII)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE, BINDING):
        if reading.has(*_BASE):
            yield from _judge(reading)


def _judge(reading: Reading) -> Iterator[Finding]:
    mode = _mode(reading)
    for index, group in enumerate(reading.texts(*_BASE, "groups")):
        if group == "system:masters":
            yield _finding(reading, "groups", index, "nobody acts as system:masters", "name a group with fewer rights")
        elif not group and mode != "legacy":
            yield _finding(reading, "groups", index, "this group is empty", "name one, or take it out")
    if mode == "associated-node":
        why = "mode associated-node is for callers that run on that node, which no person does"
        yield _finding(reading, "mode", message=why, hint="use arbitrary-node, serviceaccount or user-info")
        return
    if reading.has(*_BASE, "serviceAccountRef") and reading.text(*_BASE, "userName"):
        yield _finding(
            reading, "userName", message="userName and serviceAccountRef are both set", hint="keep one of them"
        )
    if mode in _BY_NAME_ALONE:
        yield from _by_name_alone(reading, mode)
    if (problem := _name_problem(mode, _name(reading), refers=reading.has(*_BASE, "serviceAccountRef"))) is not None:
        message, hint = problem
        field = "userName" if reading.has(*_BASE, "userName") else "mode"
        yield _finding(reading, field, message=message, hint=hint)
    yield from _extra(reading, mode)
    yield from _surprises(reading, mode)


def _mode(reading: Reading) -> str:
    """Return the mode, or what upstream takes it for from the rest."""
    said, name = reading.text(*_BASE, "mode"), reading.text(*_BASE, "userName") or ""
    if said is not None:
        return said
    if reading.has(*_BASE, "serviceAccountRef"):
        return "serviceaccount"
    if name.startswith(_NODE):
        return "arbitrary-node"
    return "user-info" if name else "legacy"


def _name(reading: Reading) -> str:
    if not reading.has(*_BASE, "serviceAccountRef"):
        return reading.text(*_BASE, "userName") or ""
    namespace, name = (reading.text(*_BASE, "serviceAccountRef", field) for field in ("namespace", "name"))
    return f"{_ACCOUNT}{namespace}:{name}"


def _by_name_alone(reading: Reading, mode: str) -> Iterator[Finding]:
    for field in ("uid", "groups", "extra"):
        if reading.has(*_BASE, field):
            yield _finding(
                reading,
                field,
                message=f"mode {mode} is by name alone; with {field} the API server applies no constraint at all",
                hint=f"take {field} out",
            )


def _name_problem(mode: str, name: str, *, refers: bool) -> tuple[str, str] | None:
    node = name.removeprefix(_NODE) if name.startswith(_NODE) else None
    match mode:
        case "serviceaccount" if not name.startswith(_ACCOUNT):
            return "mode serviceaccount names no service account", "set serviceAccountRef"
        case "arbitrary-node" if refers:
            return "a node is no service account", "leave serviceAccountRef out"
        case "arbitrary-node" if node is None or not _DNS.match(node):
            return "mode arbitrary-node names no node", f"userName is {_NODE}<name of the node>"
        case "user-info" if refers or name.startswith((_NODE, _ACCOUNT)):
            return "mode user-info is for people, not for nodes and service accounts", "use the mode made for them"
        case "user-info" if not name:
            return "mode user-info names nobody", "set userName"
        case _:
            return None


def _extra(reading: Reading, mode: str) -> Iterator[Finding]:
    for key in reading.keys(*_BASE, "extra") if mode != "legacy" else ():
        values = reading.texts(*_BASE, "extra", key)
        if not key or key != key.lower() or not values or not all(values):
            yield Finding(
                _ID,
                f"extra {key!r} needs a key in lower case, and values that are not empty",
                reading.document.at(*_BASE, "extra", key),
                hint="the API server refuses anything else",
            )


def _surprises(reading: Reading, mode: str) -> Iterator[Finding]:
    if mode == "legacy" and _name(reading):
        why = "mode legacy is held to no constraint by the API server"
        yield _finding(reading, "mode", message=why, hint="name a constrained mode", severity=Severity.WARNING)
    for index, verb in enumerate(reading.texts(*_BASE, "actionVerbs")):
        if "*" in verb and verb != "*":
            why = f"{verb} matches nothing: there is `*`, and no glob, for these verbs"
            yield _finding(reading, "actionVerbs", index, why, "list the verbs", Severity.WARNING)


def _finding(
    reading: Reading,
    field: str,
    index: int | None = None,
    message: str = "",
    hint: str = "",
    severity: Severity = Severity.ERROR,
) -> Finding:
    path = (*_BASE, field) if index is None else (*_BASE, field, index)
    return Finding(_ID, message, reading.document.at(*path), severity, hint=hint)


RULE = Rule(
    _ID,
    "whom a debug session acts as is said in a way that stays constrained",
    "Kubernetes constrains impersonation only where the fields fit the mode; otherwise it falls back to the old, unconstrained "
    "kind without a word. Upstream refuses those, and system:masters.",
    on_policy=_on_policy,
)
