"""How a debug session stands on its cluster: what was done once, its pods, what is not ready, and what can't be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitops_breakglass.model.kube import ObjectKey


@dataclass(frozen=True)
class Done:
    """An operation that was done, and is never done again: an ephemeral container, or with no `container` a pod of ours."""

    namespace: str
    pod: str
    uid: str
    """The pod's."""
    container: str
    at: datetime
    """When a run saw first that it was done."""

    @property
    def name(self) -> tuple[str, str, str]:
        """What names the operation in its session."""
        return self.namespace, self.pod, self.container


@dataclass(frozen=True)
class SessionPod:
    """A pod of the session, as the last run saw it; rights are on exactly these."""

    namespace: str
    name: str
    uid: str
    node: str = ""
    phase: str = ""
    is_ready: bool = False


@dataclass(frozen=True)
class NotReady:
    """An object of the session that was not made, or is not ready, and why."""

    key: ObjectKey
    why: str


class Remaining(StrEnum):
    """What became of an ephemeral container after its session's end."""

    STILL_THERE = "still-there"
    """Its pod holds it. Nobody has access to it through us."""
    RESTARTING = "restarting"
    """Its pod was told to go, so that its owner makes it anew, and has not gone yet."""
    GONE = "gone"
    """Its pod went, or was replaced."""
    RESTARTED = "restarted"
    """Its pod was deleted for the session's end, so that its owner makes it anew, and has gone."""


@dataclass(frozen=True)
class Remains:
    """An ephemeral container after the end of its session."""

    namespace: str
    pod: str
    uid: str
    """The pod's."""
    container: str
    state: Remaining
    since: datetime
    """When a run saw first that it stands so."""

    @property
    def name(self) -> tuple[str, str, str]:
        """What names the operation that made it in its session."""
        return self.namespace, self.pod, self.container

    @property
    def is_there(self) -> bool:
        """Whether its pod still holds it."""
        return self.state in (Remaining.STILL_THERE, Remaining.RESTARTING)


@dataclass(frozen=True)
class SessionState:
    """What a record's status says of its debug session; nobody signed that."""

    operations: tuple[Done, ...] = ()
    pods: tuple[SessionPod, ...] = ()
    not_ready: tuple[NotReady, ...] = ()
    remains: tuple[Remains, ...] = ()

    @property
    def still_there(self) -> tuple[Remains, ...]:
        """The ephemeral containers that their pods still hold."""
        return tuple(each for each in self.remains if each.is_there)


NO_SESSION = SessionState()
