"""A cluster behind its API server for a process that dies just before one of its calls, whichever that is."""

from __future__ import annotations

from threading import Lock

from gitops_breakglass.adapters.cluster.connection import Answer, Call
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.stopping import StoppedError


class Dying(KubernetesCluster):
    """Dies before its call number `lives` + 1, reads and retries counted; nothing it tries after that reaches the server."""

    def __init__(self, name: str, target: KubernetesTarget, lives: int) -> None:
        self._lives = lives
        self._lock = Lock()
        self.wrote: list[str] = []
        """What was made, one after the other: the paths of new objects, and of pods with the containers put into them."""
        super().__init__(name, target)

    @property
    def has_died(self) -> bool:
        """Whether it came to its last call."""
        return self._lives < 0

    def _call(self, call: Call) -> Answer:
        with self._lock:
            self._lives -= 1
            if self._lives < 0:
                raise StoppedError(call.doing)
        answer = super()._call(call)
        if call.verb == "create" and not call.query:
            self._note(f"{call.path}/{answer.body['metadata']['name']}")
        elif call.path.endswith("/ephemeralcontainers"):
            self._note(f"{call.path} {call.body}")
        return answer

    def _note(self, what: str) -> None:
        with self._lock:
            self.wrote.append(what)
