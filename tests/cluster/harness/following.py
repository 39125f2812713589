"""Follows pods as controllers do: a list, then a watch from there on, and again whenever that ends."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import requests

from tests.cluster.harness.actor import Actor
from tests.cluster.harness.streams import Lines

_OK = 200
_PAUSE_SECONDS = 0.2

Pod = dict[str, Any]


class Pods:
    """Follows the pods of a field selector in a thread of its own."""

    def __init__(
        self,
        api: Actor,
        selector: str,
        *,
        listed: Callable[[list[Pod]], None],
        seen: Callable[[str, Pod], None],
        tick: Callable[[], None],
    ) -> None:
        """Begin; `listed` gets each whole list, `seen` each event, and `tick` is called several times a second."""
        self._api = api
        self._path = f"/api/v1/pods?fieldSelector={selector}"
        self._listed = listed
        self._seen = seen
        self._tick = tick
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            # The API server may be down for a while: tests of faults see to that.
            with contextlib.suppress(requests.RequestException, OSError):
                self._round()
            self._stop.wait(_PAUSE_SECONDS)

    def _round(self) -> None:
        answer = self._api.request("GET", self._path)
        if answer.status != _OK:
            return
        self._listed(answer.body["items"])
        stream = self._api.watch(self._path, answer.body["metadata"]["resourceVersion"])
        if not isinstance(stream, Lines):
            return
        with stream:
            while not self._stop.is_set() and not stream.closed:
                event = stream.next_event(_PAUSE_SECONDS)
                if event and event["type"] == "ERROR":
                    return
                if event:
                    self._seen(event["type"], event["object"])
                self._tick()

    def close(self) -> None:
        """Follow no more."""
        self._stop.set()
        self._thread.join(60)
