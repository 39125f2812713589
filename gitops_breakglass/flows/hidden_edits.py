"""What seems to be gone and has only lost our label: somebody edited it, and it goes on giving access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gitops_breakglass.core.plan.diff import Difference, taken_anew
from gitops_breakglass.core.plan.ends import in_ending_order
from gitops_breakglass.core.plan.ownership import BINDINGS, ROLES, is_grant_object
from gitops_breakglass.flows.unknown_access import edited_finding
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import Manifest, ObjectKey
from gitops_breakglass.model.plan import Conflict, Delete
from gitops_breakglass.ports import ClusterReader

_HIDDEN = "somebody took a label of ours off it"


def with_hidden_edits(
    found: Difference, desired: Mapping[ObjectKey, Manifest], records: Mapping[str, Record], cluster: ClusterReader
) -> Difference:
    """Return the difference with the end of what no list shows any more, and is there under the uid that its record has."""
    ends: list[Delete] = []
    conflicts: list[Conflict] = []
    for each in found.conflicts:
        record, wanted = records.get(each.request), desired.get(each.key)
        hidden = _hidden(each.key, wanted, record, cluster) if wanted is not None and record is not None else None
        if hidden is None:
            conflicts.append(each)
        else:
            ends.append(hidden)
    if not ends:
        return found
    return replace(found, ends=in_ending_order((*found.ends, *ends)), conflicts=tuple(conflicts))


def hidden_findings(cluster: str, ends: Iterable[Delete]) -> tuple[Finding, ...]:
    """Return what is told of those that lost our label; of others the lists tell."""
    return tuple(
        edited_finding(cluster, each.live.key, _HIDDEN)
        for each in ends
        if not is_grant_object(each.live) and each.why.startswith(_HIDDEN)
    )


def _hidden(key: ObjectKey, wanted: Manifest, record: Record, cluster: ClusterReader) -> Delete | None:
    if key.kind not in BINDINGS | ROLES or key not in record.uids:
        return None
    try:
        live = cluster.get(key)
    except BreakglassError:
        return None
    if live is None or live.uid != record.uids[key]:
        return None
    if is_grant_object(live):
        # Nothing was taken off: another run made it after the lists were read.
        return None
    return taken_anew(live, wanted, record, _HIDDEN)
