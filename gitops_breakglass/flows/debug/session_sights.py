"""What is on a cluster of each debug session: what carries its marks, and the pods that its containers are for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from gitops_breakglass.core.debug.pods import Sight, pod_key
from gitops_breakglass.core.plan.ownership import is_grant_object
from gitops_breakglass.model.debug_grant import DebugGrant
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import REQUEST, LiveObject, ObjectKey
from gitops_breakglass.ports import ClusterReader, ClusterState


@dataclass(frozen=True)
class Sights:
    """The sessions of one cluster as they were when `state` was read."""

    cluster: ClusterReader
    state: ClusterState

    def of(self, uid: str, debug: DebugGrant, record: Record | None = None) -> Sight:
        """Return what is there of the session of a request. Raises UnreachableError."""
        seen = Sight(self.objects(uid), self._pods(debug))
        return seen if record is None else replace(seen, uids=record.uids, state=record.session)

    def objects(self, uid: str) -> tuple[LiveObject, ...]:
        """Return what carries the marks of a request."""
        return self._objects.get(uid, ())

    def _pods(self, debug: DebugGrant) -> Mapping[ObjectKey, LiveObject | None]:
        """Return the pods of injections; one that may not be looked at is left out, so that there are no rights on it."""
        found: dict[ObjectKey, LiveObject | None] = {}
        for key in dict.fromkeys(map(pod_key, debug.injections)):
            try:
                if key not in self._looked_at:
                    self._looked_at[key] = self.cluster.get(key)
            except RefusedError:
                continue
            found[key] = self._looked_at[key]
        return found

    @cached_property
    def _looked_at(self) -> dict[ObjectKey, LiveObject | None]:
        """Pods of others that were got: several sessions may be about one of them, and all of them see the same."""
        return {}

    @cached_property
    def _objects(self) -> Mapping[str, tuple[LiveObject, ...]]:
        found: defaultdict[str, list[LiveObject]] = defaultdict(list)
        for each in self.state.objects:
            if is_grant_object(each):
                found[each.labels[REQUEST]].append(each)
        return {uid: tuple(objects) for uid, objects in found.items()}
