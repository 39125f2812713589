"""Who may do what, and who should: judged from the stored objects and from what people did, without any code of ours."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.apiserver import ApiServer
from tests.simulation.forge import Pull
from tests.simulation.guards import RECONCILER, SWEEPER, is_known
from tests.simulation.policy import CELLS, PLACE
from tests.simulation.stored import Change

OURS = {RECONCILER, SWEEPER}
SUBJECTS = ("alice", "erin", "mallory", "ben")
_RBAC = {"roles", "rolebindings", "clusterroles", "clusterrolebindings"}
_KEPT = {"grants", "ledgerpages", "checkpoints", "trustroots"}
_ONCE = _RBAC | _KEPT
_REQUEST = "gitops-breakglass.dev/request"
Cell = tuple[str, str, str]
Holding = frozenset[tuple[str, Cell]]


class ViolationError(BaseException):
    """A law is broken. No `except Exception` of the flows may pass over it."""


@dataclass(eq=False)
class Asked:
    """One request as the people of the model know it."""

    number: int
    author: str
    kind: str
    minutes: int
    approval: str
    pull: Pull
    is_shown: bool = False
    """Whether a run was ever handed facts by which it may be granted."""
    deleted_at: datetime | None = None
    revoked_at: datetime | None = None
    is_meddled: bool = False
    """Whether an attacker laid hands on something of it."""
    was_odd: bool = False
    """Whether something happened by which it may rightly be refused or ended, so that nothing is promised for it."""

    @property
    def name(self) -> str:
        return f"r{self.number}"

    def windows(self) -> list[tuple[datetime, datetime]]:
        """Its windows, by the forge's clock."""
        start, long = self.pull.merged, timedelta(minutes=self.minutes)
        assert start is not None
        if self.kind != "daily":
            return [(start, start + long)]
        first = start.replace(minute=start.minute - start.minute % 20, second=0)
        first += timedelta(minutes=20) * (first < start)
        return [(first + timedelta(minutes=20 * n), first + timedelta(minutes=20 * n) + long) for n in range(3)]

    def is_open(self, since: datetime, until: datetime) -> bool:
        """Whether one of its windows holds at some time between."""
        return any(start <= until and since < end for start, end in self.windows())


@dataclass
class Oracle:
    """Watches each write and judges what is held afterwards; `now` is the cluster's time."""

    server: ApiServer
    asked: list[Asked] = field(default_factory=list)
    created: dict[tuple[str, ...], int] = field(default_factory=dict)
    meddled: set[tuple[str, ...]] = field(default_factory=set)
    """Objects that somebody else changed or took away."""
    is_lifted: bool = False
    """Whether the policy side was ever without its deny policy."""
    writes: int = 0
    granted: set[int] = field(default_factory=set)

    def heard(self, change: Change) -> None:
        """Judge one write."""
        place, key = change.place, change.place.key()
        if change.user not in OURS:
            if change.maker in OURS:
                self.meddled.add(key)
                for each in self.asked:
                    each.is_meddled |= self._is_of(each, change)
            return
        self.writes += 1
        if change.before is not None and change.maker not in OURS and place.kind.plural != "leases":
            self.fail(f"{change.user} {change.verb}s {key}, which {change.maker} made")
        if change.verb == "delete" and place.kind.plural in _KEPT:
            self.fail(f"{change.user} takes {key} away, which is evidence")
        if change.verb == "create" and place.kind.plural in _ONCE:
            if "bindings" in place.kind.plural:
                self._is_on_record(change)
            self.created[key] = self.created.get(key, 0) + 1
            if self.created[key] > 1 and key not in self.meddled:
                self.fail(f"{key} is made a second time")
        if change.verb == "update" and place.kind.plural == "grants":
            self._revoked(change)
            self._is_over(change)
        if place.kind.plural in _RBAC or place.kind.kind == "GuardParameters":
            self.access_is_approved()

    def _is_on_record(self, change: Change) -> None:
        """Nothing gives access before a record says what for."""
        uid = ((change.after or {})["metadata"].get("labels") or {}).get(_REQUEST)
        records = (each for each in self.server.objects.values() if each.place.kind.plural == "grants")
        if not any(each.body["spec"]["request"]["uid"] == uid for each in records):
            self.fail(f"{change.place.name} is made before the record of its request")

    def _revoked(self, change: Change) -> None:
        before, after = (each or {} for each in (change.before, change.after))
        if "revokedAt" in after.get("spec", {}) and "revokedAt" not in before.get("spec", {}):
            name = after["spec"]["request"]["name"]
            for each in self.asked:
                if each.name == name:
                    each.revoked_at = self.server.now()

    def _is_over(self, change: Change) -> None:
        """A record says that a grant ended when nothing of it gives access any more, and goes on saying it."""
        was, is_ = ("endedAt" in ((each or {}).get("status") or {}) for each in (change.before, change.after))
        name = (change.after or {})["spec"]["request"]["name"]
        if was and not is_:
            self.fail(f"the record of {name} does not say any more that it ended")
        if is_ and not was and (still := self.held(within_reach=True, of=f"bg-{name}-")):
            self.fail(f"the record of {name} says that it ended, and it gives {sorted(still)}")

    def _is_of(self, asked: Asked, change: Change) -> bool:
        return change.place.name.startswith(f"bg-{asked.name}-")

    # -- who may what

    def held(self, *, within_reach: bool = False, of: str = "") -> Holding:
        """What subjects may through bindings that we made and whose names begin with `of`, as (subject, cell).

        `within_reach` leaves out what the fence keeps everybody of ours from: what somebody who went past the guard took
        our label from, both Role and binding, and what was written into a Role since.
        """
        found = set()
        roles = {
            (each.place.kind.plural, each.place.namespace, each.place.name): each
            for each in self.server.objects.values()
            if each.place.kind.plural in {"roles", "clusterroles"}
        }
        for each in list(self.server.objects.values()):
            if each.place.kind.plural not in {"rolebindings", "clusterrolebindings"} or each.maker not in OURS:
                continue
            if not each.place.name.startswith(of):
                continue
            ref, where = each.body["roleRef"], each.place.namespace
            plural = "roles" if ref["kind"] == "Role" else "clusterroles"
            role = roles.get((plural, where if plural == "roles" else "", ref["name"]))
            if role is None:
                continue
            rules = role.body.get("rules") or ()
            if within_reach and not is_known(role.place, role.body):
                if not is_known(each.place, each.body):
                    continue
                rules = [rule for rule in rules if "nodes" not in rule["resources"]]
            for subject in each.body.get("subjects") or ():
                found |= {(subject["name"].partition("@")[0], cell) for cell in _cells(rules, where)}
        return frozenset(found)

    def access_is_approved(self) -> None:
        """No access without approval, and none before its time; what is denied is never given."""
        now = self.server.now()
        for subject, cell in self.held():
            about = self._about(subject, cell)
            if not any(each.is_shown and each.windows()[0][0] <= now for each in about):
                if not self._is_written_in(cell):
                    self.fail(f"{subject} may {cell}, which nobody approved")
            elif cell == (PLACE, "configmaps", "delete"):
                self._is_narrowed(subject)

    def _is_written_in(self, cell: Cell) -> bool:
        """Whether it is what an administrator writes into Roles."""
        return cell[1] == "nodes" and any(each.is_meddled for each in self.asked)

    def _about(self, subject: str, cell: Cell) -> list[Asked]:
        return [each for each in self.asked if each.author == subject and cell in CELLS[each.kind]]

    def _is_narrowed(self, subject: str) -> None:
        for each in self.server.objects.values():
            if each.place.kind.kind == "GuardParameters" and _name(each.body) == subject:
                rules = each.body["spec"]["rules"]
                if any("configmaps" in rule["resources"] and "delete" in rule["verbs"] for rule in rules):
                    return
        if not self.is_lifted:
            self.fail(f"{subject} may delete what the deny policy locks: no parameters hold the grant")

    def access_has_ended(self, since: datetime, *, early: bool, why: str) -> None:
        """Nothing is held whose window was over at `since`; `early` ends (revoked, deleted) count too."""
        for subject, cell in self.held(within_reach=True):
            about = [each for each in self._about(subject, cell) if each.is_shown]
            if not about and not early:
                # Somebody wrote it into a Role: that is for a run to mend which knows what was approved.
                continue
            if not any(self._may_last(each, since, early=early) for each in about):
                told = [f"{each.name} until {each.windows()[-1][1]:%H:%M:%S}" for each in about]
                self.fail(f"{subject} may {cell} at {self.server.now():%H:%M:%S}, {why} {since:%H:%M:%S}: {told}")

    def _may_last(self, asked: Asked, since: datetime, *, early: bool) -> bool:
        if early and any(at is not None and at <= since for at in (asked.deleted_at, asked.revoked_at)):
            return False
        return asked.is_open(since, self.server.now())

    def nothing_outlives(self, since: datetime, why: str) -> None:
        """Nothing within reach of the fence is there of a grant whose last window was over at `since`."""
        over = [f"bg-{each.name}-" for each in self.asked if each.windows()[-1][1] <= since]
        for each in self.server.objects.values():
            place = each.place
            is_over = each.maker in OURS and place.kind.plural in _RBAC and place.name.startswith(tuple(over))
            if is_over and is_known(place, each.body):
                self.fail(f"{place.kind.plural} {place.name} is there {why} {since:%H:%M:%S}, and it was over by then")

    def nothing_is_left(self) -> None:
        """No object of a grant is there any more, and each record says that it ended."""
        for each in self.server.objects.values():
            plural, place = each.place.kind.plural, each.place
            if each.maker in OURS and (plural in _RBAC or plural == "guardparameters"):
                self.fail(f"{plural} {place.namespace}/{place.name} is still there")
            if plural == "grants" and "endedAt" not in (each.body.get("status") or {}):
                granted = (each.body.get("status") or {}).get("state") not in {None, "Rejected"}
                if granted:
                    self.fail(f"the record {place.name} does not say that it ended: {each.body.get('status')}")

    def what_was_promised(self, since: datetime, *, seen: bool = False) -> None:
        """Where nothing went against a request, its access is there; `seen` asks only for what was seen there before."""
        now, held = self.server.now(), self.held()
        for each in self.asked:
            if seen and each.number not in self.granted:
                continue
            clean = each.approval == "good" and not (
                each.was_odd or each.is_meddled or each.deleted_at or each.revoked_at
            )
            if clean and any(start <= since and now < end for start, end in each.windows()):
                missing = {(each.author, cell) for cell in CELLS[each.kind]} - held
                if missing:
                    self.fail(f"{each.name} was approved and is open, and does not give {sorted(missing)}")
                self.granted.add(each.number)

    def fail(self, said: str) -> None:
        raise ViolationError(said)


def _cells(rules: Any, where: str) -> set[Cell]:
    return {
        (where, resource, verb)
        for rule in rules
        for resource in rule.get("resources") or ()
        for verb in rule.get("verbs") or ()
        if "gitops-breakglass.dev" not in "".join(rule.get("apiGroups") or ())
    }


def _name(body: Any) -> str:
    return str(body["spec"]["subject"]["name"]).partition("@")[0]
