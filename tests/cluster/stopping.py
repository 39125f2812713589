"""Clusters that stand between a run and the API server: one hands everything on, one kills the run between its writes."""

from __future__ import annotations

from typing import Any

from gitops_breakglass.model.errors import ConflictError
from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey
from gitops_breakglass.ports import ClusterWriter


class StoppedError(BaseException):
    """The process was killed just before a write."""


class Delegate:
    """A cluster that hands everything on to another one."""

    def __init__(self, cluster: ClusterWriter) -> None:
        self.cluster = cluster
        self.name = cluster.name

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cluster, name)


class Stopping(Delegate):
    """A cluster that stands for a process that is killed before its write number `writes` + 1."""

    def __init__(self, cluster: ClusterWriter, writes: int) -> None:
        super().__init__(cluster)
        self.writes = writes
        self.made: list[str] = []

    def create(self, manifest: Manifest) -> LiveObject:
        self._write(f"create {manifest['kind']}")
        try:
            return self.cluster.create(manifest)
        except ConflictError:
            # Nothing was written: a run before was stopped when it had told the ledger, and this one finds the place taken.
            self.made.pop()
            raise

    def replace(self, live: LiveObject, manifest: Manifest) -> LiveObject:
        self._write(f"replace {live.key.kind}")
        return self.cluster.replace(live, manifest)

    def replace_status(self, key: ObjectKey, manifest: Manifest) -> None:
        self._write(f"status {key.kind}")
        self.cluster.replace_status(key, manifest)

    def delete(self, live: LiveObject) -> None:
        self._write(f"delete {live.key.kind}")
        self.cluster.delete(live)

    def _write(self, what: str) -> None:
        if len(self.made) >= self.writes:
            raise StoppedError(what)
        self.made.append(what)
