"""The digest of what an approver is shown of a request: what is decided later is held against it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from gitops_breakglass.core.rbac.algebra import canonical, to_manifest
from gitops_breakglass.model.deny import DenyPolicy, PodOverride
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.request import RequestId, Schedule, Subject
from gitops_breakglass.model.window import print_duration, print_time

_VERSION = 1


def request_digest(
    *,
    repository: str,
    request: RequestId,
    blob: str,
    subject: Subject,
    source: str,
    duration: timedelta,
    start: datetime | None,
    scopes: Sequence[ScopedRules],
    denies: Sequence[DenyPolicy] = (),
    override: PodOverride | None = None,
    recurs: Schedule | None = None,
    session: Mapping[str, object] | None = None,
) -> str:
    """Return 64 hexadecimal digits: SHA-256 over canonical JSON (sorted keys, no blanks, UTF-8).

    `scopes` are what the policy side alone gives, so that a run with a cluster comes to the same, and `denies` the deny
    policies that take something out of it, by all that they say; `override` is what is left of them. `recurs` is a schedule
    that has several windows: it is in the blob too, and here once more as it was read. `session` is what a debug session
    makes, as it is signed, with the uids of pods that were seen; without a cluster nothing of them is in it. Neither the commit of the policy nor
    who may approve is part of it: they may change without changing what was shown.
    """
    data: dict[str, object] = {
        "version": _VERSION,
        "repository": repository,
        "path": request.path,
        "blob": blob,
        "subject": {"kind": subject.kind, "name": subject.name, "namespace": subject.namespace},
        "source": source,
        "duration": print_duration(duration),
        "start": print_time(start) if start else None,
        "scopes": [
            {"namespace": each.namespace, "rules": to_manifest(canonical(each.rules))}
            for each in sorted(scopes, key=lambda scope: scope.namespace)
        ],
    }
    if denies:
        data["denies"] = sorted((_said(asdict(each)) for each in denies), key=json.dumps)
        data["override"] = asdict(override) if override else None
    if recurs is not None:
        data["recurs"] = {
            "cron": recurs.cron,
            "location": recurs.location,
            "end": print_time(recurs.end) if recurs.end else None,
            "maxActivations": recurs.max_activations,
        }
    if session is not None:
        data["session"] = session
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # Half of a pair of surrogates can't be in a request that was read; a digest of one would be nobody's anyway.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _said(value: object) -> object:
    """Return what is said, without the places where it stands."""
    if isinstance(value, dict):
        return {name: _said(each) for name, each in value.items() if name != "location"}
    return [_said(each) for each in value] if isinstance(value, list | tuple) else value
