"""Statements as text: exactly the bytes that are signed, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from types import NoneType
from typing import Any

from gitops_breakglass.core.debug.statement import debug_manifest, read_debug
from gitops_breakglass.core.rbac.algebra import from_manifest, to_manifest
from gitops_breakglass.model.grant import ScopedRules, Statement
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import Window, parse_duration, parse_time, print_duration, print_time

VERSION = 1
KINDS = ("BreakglassSession", "Breakglass", "DebugSession")
_LONG_AGO = parse_time("2000-01-01T00:00:00Z")
"""Before it there was no git, so nothing was merged."""

_TEXTS = ("repository", "cluster", "clusterUID", "request", "kind", "uid", "path", "blob", "landing", "previous")
_SHAPES: Mapping[str, type] = {
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(("windows", "scopes", "reasons"), list),
    **dict.fromkeys(("evidence", "spec"), dict),
}


def print_statement(statement: Statement) -> str:
    """Return the statement as canonical JSON: sorted keys, no blanks; parse_statement reads it back."""
    subject = statement.subject
    data = {
        "version": VERSION,
        "repository": statement.repository,
        "cluster": statement.cluster,
        "clusterUID": statement.cluster_uid,
        "request": str(statement.request),
        "kind": statement.kind,
        "uid": statement.uid,
        "path": statement.path,
        "blob": statement.blob,
        "landing": statement.landing,
        "decidedAt": print_time(statement.decided_at),
        "outcome": statement.outcome,
        "subject": None
        if subject is None
        else {"kind": subject.kind, "name": subject.name, "namespace": subject.namespace},
        "windows": [{"start": print_time(window.start), "end": print_time(window.end)} for window in statement.windows],
        # Only where there is one: a decision of before has none, and its bytes stay what was signed.
        **({"recurrence": _recurrence(statement.recurrence)} if statement.recurrence else {}),
        "scopes": [
            {"namespace": scope.namespace, "source": scope.source, "rules": to_manifest(scope.rules)}
            for scope in statement.scopes
        ],
        "evidence": dict(statement.evidence),
        "reasons": list(statement.reasons),
        "spec": dict(statement.spec),
        **({"debug": debug_manifest(statement.debug)} if statement.debug else {}),
        "previous": statement.previous,
    }
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


# One run reads each decision several times: to end by it, to plan by it, and to write down what became of it.
@lru_cache(maxsize=4096)
def parse_statement(text: str) -> Statement:
    """Read a statement. Raises ValueError, KeyError or TypeError where it is none of this version's."""
    data: Mapping[str, Any] = json.loads(text)
    # Half of a pair of surrogates is no text that could ever be written into a status.
    json.dumps(data, ensure_ascii=False).encode()
    if data["version"] != VERSION:
        msg = f"version {data['version']} of a decision is not known"
        raise ValueError(msg)
    if data["outcome"] not in ("granted", "denied"):
        msg = f"{data['outcome']!r} is no outcome"
        raise ValueError(msg)
    for name, kind in _SHAPES.items():
        if not isinstance(data[name], kind):
            msg = f"{name} of a decision is no {kind.__name__}"
            raise TypeError(msg)
    _demand_plain(data)
    cluster, _, name = data["request"].partition("/")
    subject = data["subject"]
    return Statement(
        repository=data["repository"],
        cluster=data["cluster"],
        cluster_uid=data["clusterUID"],
        request=RequestId(cluster, name),
        kind=data["kind"],
        uid=data["uid"],
        path=data["path"],
        blob=data["blob"],
        landing=data["landing"],
        decided_at=parse_time(data["decidedAt"]),
        outcome=data["outcome"],
        subject=None if subject is None else Subject(subject["kind"], subject["name"], subject["namespace"]),
        windows=tuple(Window(parse_time(each["start"]), parse_time(each["end"])) for each in data["windows"]),
        recurrence=_read_recurrence(data["recurrence"]) if "recurrence" in data else None,
        scopes=tuple(
            ScopedRules(each["namespace"], from_manifest(each["rules"]), each["source"]) for each in data["scopes"]
        ),
        evidence=data["evidence"],
        reasons=tuple(data["reasons"]),
        spec=data["spec"],
        debug=read_debug(data["debug"]) if "debug" in data else None,
        previous=data["previous"],
    )


def _recurrence(recurrence: Recurrence) -> dict[str, object]:
    return {
        "cron": recurrence.cron,
        "location": recurrence.location,
        "duration": print_duration(recurrence.duration),
        "since": print_time(recurrence.since),
        "until": print_time(recurrence.until) if recurrence.until else None,
        "maxActivations": recurrence.max_activations,
        "endsBy": print_time(recurrence.ends_by) if recurrence.ends_by else None,
    }


def _read_recurrence(data: Mapping[str, Any]) -> Recurrence:
    most = data["maxActivations"]
    if not isinstance(data["cron"], str) or not isinstance(data["location"], str) or type(most) not in (int, NoneType):
        msg = "the recurrence of a decision is none"
        raise TypeError(msg)
    since = parse_time(data["since"])
    if (most is not None and most < 1) or since < _LONG_AGO:
        # Whoever forged it would have every run count for minutes, or stumble.
        msg = "the bounds of a recurrence are none"
        raise ValueError(msg)
    return Recurrence(
        cron=data["cron"],
        location=data["location"],
        duration=parse_duration(data["duration"]),
        since=since,
        until=None if data["until"] is None else parse_time(data["until"]),
        max_activations=most,
        ends_by=None if data["endsBy"] is None else parse_time(data["endsBy"]),
    )


def _demand_plain(data: Mapping[str, Any]) -> None:
    """Refuse what later readers would stumble over: a forged decision is read too, to end what it is about."""
    approvals = data["evidence"].get("approvals", [])
    if data["kind"] not in KINDS or not all(isinstance(reason, str) for reason in data["reasons"]):
        msg = "kind or reasons of a decision are none"
        raise ValueError(msg)
    if not isinstance(approvals, list) or not all(_is_approval(each) for each in approvals):
        msg = "the approvals of a decision are none"
        raise ValueError(msg)


def _is_approval(data: object) -> bool:
    return isinstance(data, Mapping) and all(
        isinstance(data.get(name), str) for name in ("person", "approvedAt", "reason")
    )
