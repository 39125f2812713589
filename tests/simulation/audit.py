"""The API server's audit log, what subjects do by their grants, and what holds of ends for being idle."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gitops_breakglass.adapters.audit_log.source import FileSource
from tests.simulation.oracle import OURS, Asked, Oracle
from tests.simulation.policy import IDLE, PLACE
from tests.simulation.stored import Change, Request

_SECOND = timedelta(seconds=1)
_VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass
class AuditLog:
    """A log in a file, which may come late or be begun anew; `oracle` knows the time and who asked for what."""

    oracle: Oracle
    used: dict[int, list[datetime]] = field(default_factory=dict)
    """When somebody used the grant of which request."""
    ended: set[int] = field(default_factory=set)
    """Which of them ended for being idle."""
    watched: set[int] = field(default_factory=set)
    """Of which a clean run wrote down what the log said, since it is there."""
    there: dict[int, datetime] = field(default_factory=dict)
    """When a clean run had first seen to it that it is there: before that nobody could use it."""
    _late: list[str] | None = None
    _is_new: bool = True
    _count: int = 0

    def __post_init__(self) -> None:
        """Begin with an empty file."""
        self._folder = TemporaryDirectory()
        self._file = Path(self._folder.name) / "audit.log"
        self._file.touch()
        self._since = self._until = self.oracle.server.now()

    def close(self) -> None:
        self._folder.cleanup()

    def source(self) -> FileSource:
        """What a run reads by; where it goes on from is kept between runs."""
        return FileSource(self._file, Path(self._folder.name) / "state.json")

    # -- what is written

    def called(self, request: Request, status: int) -> str:
        """Write down a call of ours that was answered, and return under which id."""
        return self._write(request.user, _VERBS[request.method], {}, status, "")

    def uses(self, asked: Asked) -> None:
        """Its author makes a call that RBAC lets pass by a binding of the request, if there is one."""
        server = self.oracle.server
        for each in server.objects.values():
            place, ref = each.place, each.body.get("roleRef")
            if each.maker not in OURS or ref is None or not place.name.startswith(f"bg-{asked.name}-"):
                continue
            role = server.objects.get(("rbac.authorization.k8s.io/v1", "clusterroles", "", ref["name"]))
            if ref["kind"] == "ClusterRole" and role is not None and role.body.get("rules"):
                user = each.body["subjects"][0]["name"]
                reason = f'{place.kind.kind} "{place.name}" of ClusterRole "{ref["name"]}" to User "{user}"'
                target = {"resource": "pods", "subresource": "log", "namespace": PLACE, "name": "web-0"}
                self._write(user, "get", target, 200, f"RBAC: allowed by {reason}")
                self.used.setdefault(asked.number, []).append(server.now())
                return

    def becomes(self, what: str) -> None:
        """`late`: nothing is delivered until it is `back`; `cut`: what was not read is lost, and a new file begins."""
        if what == "late":
            self._late = self._late or []
        elif what == "cut":
            self._late, self._is_new = None, True
            self.watched.clear()
            self._file.unlink()
            self._file.touch()
        else:
            late, self._late = self._late or [], None
            self._deliver("".join(late))

    def _write(self, user: str, verb: str, target: dict[str, str], code: int, reason: str) -> str:
        self._count += 1
        at = f"{self.oracle.server.now():%Y-%m-%dT%H:%M:%S.%fZ}"
        event = {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "stage": "ResponseComplete",
            "auditID": f"call-{self._count}",
            "verb": verb,
            "user": {"username": user},
            "objectRef": target,
            "requestURI": "/",
            "responseStatus": {"code": code},
            "requestReceivedTimestamp": at,
            "stageTimestamp": at,
            "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": reason},
        }
        line = json.dumps(event) + "\n"
        if self._late is not None:
            self._late.append(line)
        else:
            self._deliver(line)
        return event["auditID"]

    def _deliver(self, lines: str) -> None:
        with self._file.open("a") as file:
            file.write(lines)
        self._until = self.oracle.server.now()
        if self._is_new:
            # A log tells nothing of the time before its first line.
            self._is_new, self._since = False, self._until

    # -- what has to hold

    def heard(self, change: Change) -> None:
        """Nothing ends for being idle that was used within its timeout, or of which the log has not shown that it was not."""
        before, after = (_use(each) for each in (change.before, change.after))
        if change.place.kind.plural != "grants" or ("idleAt" in before) is ("idleAt" in after):
            return
        name = (change.after or {})["spec"]["request"]["name"]
        asked = next(each for each in self.oracle.asked if each.name == name)
        if "idleAt" in before:
            # It could not be ended, and was used since.
            self.ended.discard(asked.number)
            return
        at = datetime.fromisoformat(after["idleAt"])
        start = self._unused_since(asked, at)
        self.ended.add(asked.number)
        if at - start < IDLE - _SECOND:
            self.oracle.fail(f"{name} ends for being idle at {at:%H:%M:%S}, and was used or begun at {start:%H:%M:%S}")
        if min(at, self._until) - max(start, self._since) < IDLE - _SECOND:
            shown = f"{self._since:%H:%M:%S} to {self._until:%H:%M:%S}"
            self.oracle.fail(f"{name} ends for being idle at {at:%H:%M:%S}, and the log was there from {shown}")

    def unused_has_ended(self, begun: datetime) -> None:
        """After a clean run: what the log has shown to be unused is ended, and says why."""
        for asked in self.oracle.asked:
            if asked.kind != "idle" or asked.number not in self.oracle.granted:
                continue
            gone = asked.revoked_at or asked.deleted_at or asked.was_odd or asked.is_meddled
            now = self.oracle.server.now()
            since = max(self._unused_since(asked, now), self._since, self.there.get(asked.number, now))
            due = begun - since > IDLE + 2 * _SECOND and asked.is_open(begun, begun)
            if self._late is None and not gone:
                if due and asked.number in self.watched:
                    self.oracle.fail(f"{asked.name} is unused since {since:%H:%M:%S}, and is not ended")
                # The run that made it had nothing to write down of its use yet.
                self.watched |= {asked.number} & self.there.keys()
                self.there.setdefault(asked.number, self.oracle.server.now())
            if asked.number in self.ended and asked.revoked_at and (state := self._state(asked)) != "IdleExpired":
                self.oracle.fail(f"{asked.name} ended for being idle, and its state is {state}")

    def _unused_since(self, asked: Asked, at: datetime) -> datetime:
        return max([asked.windows()[0][0], *(each for each in self.used.get(asked.number, ()) if each <= at)])

    def _state(self, asked: Asked) -> Any:
        found = (each for each in self.oracle.server.objects.values() if each.place.kind.plural == "breakglasssessions")
        mine = [each.body for each in found if each.place.name.startswith(f"bg-{asked.name}-")]
        return mine[0].get("status", {}).get("state") if mine else None


def _use(body: Any) -> Any:
    return ((body or {}).get("status") or {}).get("use") or {}
