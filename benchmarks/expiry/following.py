"""Follows bindings and records by watches, as an administrator: when each was made, and when it was seen to go."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import threading
import time
import urllib.parse
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

from gitops_breakglass.model.kube import EXPIRES_AT, MANAGED_BY, MANAGER, NAMESPACE, OUR_API, RBAC
from tests.cluster.harness.server import ApiServer

_OURS = f"labelSelector={MANAGED_BY}%3D{MANAGER}"
BINDINGS = (f"/apis/{RBAC}/clusterrolebindings", f"/apis/{RBAC}/rolebindings")
RECORDS = f"/apis/{OUR_API}/namespaces/{NAMESPACE}/grants"


def seconds_of(moment: str) -> float:
    """Return a time as this machine's clock counts."""
    return datetime.fromisoformat(moment).timestamp()


class Following:
    """What was seen of objects of ours, by name; times are seconds of this machine's clock."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._stop = threading.Event()
        self._lists = 0
        self.ends: dict[str, float] = {}
        """The end that each binding promised when it was first seen."""
        self.gone: dict[str, float] = {}
        """When each binding was seen to have gone."""
        self.recorded: dict[str, float] = {}
        """When each record was first seen to say that its grant has ended, by the request's name."""
        self.lost: list[str] = []
        """Records that went away."""
        self._threads = [
            threading.Thread(target=self._follow, args=(each,), daemon=True) for each in (*BINDINGS, RECORDS)
        ]

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        deadline = time.time() + 30
        while self._lists < len(self._threads) and time.time() < deadline:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for each in self._threads:
            each.join(5)

    def wait_gone(self, names: set[str], seconds: float) -> bool:
        """Wait until all of these bindings have gone; whether they have."""
        deadline = time.time() + seconds
        while not names <= self.gone.keys() and time.time() < deadline:
            time.sleep(0.02)
        return names <= self.gone.keys()

    def _follow(self, path: str) -> None:
        while not self._stop.is_set():
            # The API server may be down for a while: some scenarios see to that.
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError, KeyError):
                self._round(path)
            self._stop.wait(0.05)

    def _round(self, path: str) -> None:
        listed = self._get(f"{path}?{_OURS}")
        body = json.loads(listed.read())
        for item in body["items"]:
            self._seen(path, "ADDED", item)
        if path != RECORDS:
            there = {each["metadata"]["name"] for each in body["items"]}
            mine = {name for name in self.ends if name.startswith(f"{path}/")}
            for name in mine - {f"{path}/{each}" for each in there}:
                self.gone.setdefault(name, time.time())
        self._lists += 1
        version = body["metadata"]["resourceVersion"]
        stream = self._get(f"{path}?{_OURS}&watch=1&resourceVersion={version}")
        for event in _events(stream):
            if event["type"] == "ERROR" or self._stop.is_set():
                return
            self._seen(path, event["type"], event["object"])

    def _seen(self, path: str, kind: str, item: dict[str, Any]) -> None:
        now = time.time()
        meta = item["metadata"]
        if path == RECORDS:
            name = item["spec"]["request"]["name"]
            if (item.get("status") or {}).get("endedAt"):
                self.recorded.setdefault(name, now)
            if kind == "DELETED":
                self.lost.append(name)
            return
        name = f"{path}/{meta['name']}"
        if kind == "DELETED":
            self.gone.setdefault(name, now)
        elif EXPIRES_AT in meta.get("annotations", {}):
            self.ends.setdefault(name, seconds_of(meta["annotations"][EXPIRES_AT]))

    def _get(self, path: str) -> http.client.HTTPResponse:
        place = urllib.parse.urlsplit(self._server.url)
        trust = ssl.create_default_context(cafile=str(self._server.ca))
        opened = http.client.HTTPSConnection(str(place.hostname), place.port, context=trust, timeout=20)
        opened.request("GET", path, headers={"Authorization": f"Bearer {self._server.admin_token}"})
        return opened.getresponse()


def _events(stream: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    while line := stream.readline():
        yield json.loads(line)
