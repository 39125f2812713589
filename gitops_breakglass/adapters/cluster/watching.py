"""Watches on what access hangs on: records and bindings of ours, each followed by a thread of its own."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from gitops_breakglass.adapters.bell import QueuedBell
from gitops_breakglass.adapters.cluster.connection import Call, Connection
from gitops_breakglass.adapters.cluster.errors import TOO_OLD, TooOldError
from gitops_breakglass.adapters.cluster.resources import OURS, RBAC_KINDS, STATE_KINDS, Listing, collection
from gitops_breakglass.model.errors import BreakglassError, UnreachableError
from gitops_breakglass.model.kube import NAMESPACE
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.ports import Bell

RECORDS, *_ = STATE_KINDS
WATCHED = (
    # A record whose label was taken off still says when access ends.
    Listing(RECORDS, NAMESPACE, selector=""),
    *(Listing(each, selector=OURS) for each in RBAC_KINDS if each.kind.endswith("Binding")),
)

_LASTS = 60
"""Seconds after which the API server ends a watch by itself, and the next begins where it stopped."""
_SILENCE = 75.0
"""Seconds without a byte after which nobody is believed to be there any more."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0


class ClusterWatch:
    """A Watcher on an API server; `close` it. Several may ring one bell, and then that is what to wait for."""

    def __init__(
        self, name: str, target: KubernetesTarget, *, bell: Bell | None = None, silence: float = _SILENCE
    ) -> None:
        self._connection = Connection(name, target)
        self._bell = bell or QueuedBell()
        self._followers = [_Follower(self._connection, each, self._bell, silence) for each in WATCHED]
        for each in self._followers:
            each.start()

    def wait(self, seconds: float) -> bool:
        """Whether something changed since the last wait, or does within so many seconds."""
        return self._bell.wait(seconds)

    def close(self) -> None:
        """Stop watching."""
        for each in self._followers:
            each.stop()
        self._connection.close()


class _Follower(threading.Thread):
    """Follows one list, for as long as it may, from wherever it stopped."""

    def __init__(self, connection: Connection, listing: Listing, bell: Bell, silence: float) -> None:
        super().__init__(name=f"watch {listing.resource.name}", daemon=True)
        self._connection = connection
        self._listing = listing
        self._bell = bell
        self._silence = silence
        self._stopped = threading.Event()
        self._stream: urllib3.BaseHTTPResponse | None = None
        self._version = ""
        self._generations: dict[str, object] = {}

    def run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopped.is_set():
            try:
                if not self._version:
                    self._begin()
                self._follow()
                pause = _FIRST_PAUSE
            except TooOldError:
                self._version = ""
            except (BreakglassError, HTTPError, ValueError, OSError):
                self._stopped.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def stop(self) -> None:
        self._stopped.set()
        if (stream := self._stream) is not None:
            # Reading on ends at once; a stream that has just ended by itself can't be shut down.
            with contextlib.suppress(ValueError, OSError, HTTPError):
                stream.shutdown()
        self.join(_LONGEST_PAUSE)

    def _begin(self) -> None:
        """Find out where to follow from; what is there by then nobody has told, so it counts as a change."""
        listed = self._connection.call(self._call({"limit": 1}))
        self._version = str(listed.body["metadata"]["resourceVersion"])
        self._generations.clear()
        self._bell.ring()

    def _follow(self) -> None:
        """Follow until the API server ends the watch; raises TooOldError where it no longer has what came since."""
        query: dict[str, str | int] = {"watch": "1", "resourceVersion": self._version, "timeoutSeconds": _LASTS}
        query["allowWatchBookmarks"] = "true"
        stream = self._stream = self._connection.stream(self._call(query), idle=self._silence)
        try:
            if self._stopped.is_set():
                return
            for event in _events(stream):
                self._heard(str(event["type"]), event["object"])
        finally:
            self._stream = None
            stream.close()

    def _heard(self, kind: str, thing: Mapping[str, Any]) -> None:
        if kind == "ERROR":
            raise (
                TooOldError(str(thing.get("message"))) if thing.get("code") == TOO_OLD else UnreachableError(str(thing))
            )
        metadata = thing["metadata"]
        self._version = str(metadata["resourceVersion"])
        if kind == "DELETED":
            # What is gone gives nothing.
            self._generations.pop(str(metadata["uid"]), None)
        elif kind != "BOOKMARK" and self._is_news(metadata):
            self._bell.ring()

    def _is_news(self, metadata: Mapping[str, Any]) -> bool:
        """Whether more than a status changed, as far as that can be told: an actor need not hear of what actors wrote down."""
        uid, generation = str(metadata["uid"]), metadata.get("generation")
        before = self._generations.get(uid)
        self._generations[uid] = generation
        return generation is None or generation != before

    def _call(self, query: Mapping[str, str | int]) -> Call:
        resource, namespace, selector = self._listing.resource, self._listing.namespace, self._listing.selector
        path, doing = collection(resource, namespace), f"watch {resource.name}"
        return Call("watch", "GET", path, doing, query={**query, **({"labelSelector": selector} if selector else {})})


def _events(stream: urllib3.BaseHTTPResponse) -> Iterator[Mapping[str, Any]]:
    """Yield each event as it comes, a line each."""
    rest = b""
    for part in stream.stream(None):
        *lines, rest = (rest + part).split(b"\n")
        yield from (json.loads(line) for line in lines if line)
