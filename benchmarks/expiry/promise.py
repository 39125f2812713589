"""Whether the promised end can be read on the cluster at the moment at which a subject's call first passes."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Self

from benchmarks.expiry.meter import ALLOWED, Line, Subject
from benchmarks.expiry.stage import ExpiryStage
from gitops_breakglass.model.kube import EXPIRES_AT

_TELEKOM = "breakglass.t-caas.telekom.com"


class Promise:
    """Watches subjects from before their grant on."""

    def __init__(self, stage: ExpiryStage, subjects: Sequence[Subject]) -> None:
        self._stage = stage
        self._subjects = subjects
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.at_once = {"binding": 0, "record": 0, "resource": 0, "status": 0}
        """In how many cases each said it when the first call had passed."""
        self.looked = 0
        self.late: list[float] = []
        """How long after the first call the upstream status said it, in seconds."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def told(self) -> list[str]:
        """Return a line for people, and what speaks against the promise."""
        said = ", ".join(f"{name} {count}" for name, count in self.at_once.items())
        late = f"; the status at most {max(self.late):.1f} s later" if self.late else ""
        return [f"promised end readable when the first call passed, of {self.looked}: {said}{late}"]

    @property
    def is_kept(self) -> bool:
        return self.looked > 0 and self.at_once["binding"] == self.at_once["record"] == self.looked

    def _look(self) -> None:
        waiting = list(self._subjects)
        since: dict[str, float] = {}
        with closing(Line(self._stage.server)) as line:
            while (waiting or since) and not self._stop.is_set():
                for each in list(waiting):
                    if line.status(each.token) == ALLOWED:
                        waiting.remove(each)
                        name = each.name.partition("@")[0]
                        if not self._first(name):
                            since[name] = time.time()
                for name in list(since):
                    if self._status(name):
                        self.late.append(time.time() - since.pop(name))
                self._stop.wait(0.02)

    def _first(self, name: str) -> bool:
        """Note what can be read; whether the upstream status can."""
        stage = self._stage
        binding = stage.admin.must("GET", stage.binding(name))
        record = stage.record(name)
        resource = self._resource(name)
        ends = [each["metadata"]["annotations"].get(EXPIRES_AT) for each in (binding, record, resource or binding)]
        self.looked += 1
        self.at_once["binding"] += ends[0] is not None
        self.at_once["record"] += ends[1] == ends[0]
        self.at_once["resource"] += resource is not None and ends[2] == ends[0]
        in_status = bool((resource or {}).get("status", {}).get("expiresAt"))
        self.at_once["status"] += in_status
        return in_status

    def _status(self, name: str) -> bool:
        return bool((self._resource(name) or {}).get("status", {}).get("expiresAt"))

    def _resource(self, name: str) -> dict[str, Any] | None:
        sessions = self._stage.custom("breakglasssessions", _TELEKOM)
        return next((each for each in sessions if each["spec"]["user"] == f"{name}@example.com"), None)
