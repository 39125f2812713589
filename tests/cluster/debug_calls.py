"""Every way into a pod, tried for real: what a person's own calls on it come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self

from tests.cluster.harness.actor import Actor, Answer
from tests.cluster.harness.streams import SWITCHED

FORBIDDEN, OK = 403, 200
WAYS = ("get", "exec", "exec by POST", "attach", "port-forward", "log")
NO_WAY = dict.fromkeys(WAYS, FORBIDDEN)
INTO_A_CONTAINER = ("exec", "exec by POST", "attach")
ALL_WAYS = {**dict.fromkeys(WAYS, SWITCHED), "get": OK, "log": FORBIDDEN}
"""What upstream's defaults let a session do: everything but to read logs."""


class PodAt(NamedTuple):
    """A container of a pod."""

    namespace: str
    pod: str
    container: str

    @classmethod
    def of(cls, pod: Mapping[str, Any]) -> Self:
        """Return the first container of a pod."""
        meta = pod["metadata"]
        return cls(meta["namespace"], meta["name"], pod["spec"]["containers"][0]["name"])

    @property
    def path(self) -> str:
        """The pod's own path."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.pod}"


def calls(who: Actor, at: PodAt) -> dict[str, int]:
    """Try every way into a pod: the status that each is answered with."""
    log = who.log(*at)
    assert isinstance(log, Answer)
    return {
        "get": who.status("GET", at.path),
        "exec": who.exec(*at).status,
        "exec by POST": who.exec(*at, spdy=True).status,
        "attach": who.attach(*at).status,
        "port-forward": who.port_forward(at.namespace, at.pod).status,
        "log": log.status,
    }


def shut_in(who: Actor, at: PodAt) -> None:
    """Assert that this container of a pod that may be entered otherwise is not."""
    tried = calls(who, at)
    assert {way: tried[way] for way in INTO_A_CONTAINER} == dict.fromkeys(INTO_A_CONTAINER, FORBIDDEN)


def may_enter(who: Actor, at: PodAt) -> bool:
    """Whether a command arrives in a container."""
    return who.exec(*at).arrived


def shut_out(who: Actor, pods: Iterable[PodAt]) -> None:
    """Assert that every call on each of these pods is refused, and that none of their namespaces is listed."""
    asked = list(pods)
    passed = {at: found for at in asked if (found := calls(who, at)) != NO_WAY}
    assert passed == {}
    for namespace in {each.namespace for each in asked}:
        assert who.status("GET", f"/api/v1/namespaces/{namespace}/pods") == FORBIDDEN
    assert who.status("GET", "/api/v1/pods") == FORBIDDEN
